// The page: its fields ↔ the address → what is asked.

import { $, copied, h } from "./dom.js";
import * as check from "./check.js";
import * as derive from "./derive.js";
import * as descend from "./descend.js";
import * as numbers from "./numbers.js";
import * as practise from "./practise.js";
import { EXAMPLES } from "./examples.js";
import { TABS, USUAL, read, write } from "./state.js";
import { onSpeak, speak, t } from "./words.js";

const PANELS = { derive, numbers, descend, check, practise };
const MODELLESS = new Set(["check"]);

const bench = {
  state: read(location.hash),

  // New values of some fields; the address follows, and what is shown.
  change(some, from = null) {
    const before = this.state;
    this.state = { ...before, ...some };
    if (practise.RESETS.some((name) => name in some && some[name] !== before[name])) {
      if (!("moves" in some)) this.state.moves = "";
    }
    history.replaceState(null, "", write(this.state));
    fill(from);
    this.refresh();
  },

  async refresh() {
    await speak(this.state.language);
    return PANELS[this.state.tab].refresh(this);
  },

  // What is wrong, under its field and with a caret under the place; null where nothing is.
  fault(error) {
    for (const output of document.querySelectorAll("output.fault")) output.replaceChildren();
    $("fault").replaceChildren();
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    if (!error) return;
    const output = error.field ? document.querySelector(`output.fault[for="${CSS.escape(error.field)}"]`) : null;
    const input = output && $(error.field);
    const visible = output && output.closest("[hidden]") === null;
    (visible ? output : $("fault")).replaceChildren(...told(error, visible ? input : null));
    if (visible && input) {
      input.setAttribute("aria-invalid", "true");
      if (input.closest("details")) input.closest("details").open = true;
    }
  },

  // What a derivation says of the model: the styles that it may be told in.
  derived(answer) {
    for (const option of $("style").options) {
      const kind = option.dataset.kind;
      option.hidden = Boolean(kind) && (kind === "scalars") !== answer.scalars;
    }
  },
};

function told(error, input) {
  const sentence = h("span", { class: "sentence" }, error.sentence);
  if (error.at === null || error.at === undefined || !input) return [sentence];
  const text = input.value;
  const start = text.lastIndexOf("\n", error.at - 1) + 1;
  const end = text.indexOf("\n", start) < 0 ? text.length : text.indexOf("\n", start);
  const column = error.at - start;
  const from = Math.max(0, column - 24);
  const row = text.slice(start, end).slice(from, from + 48);
  const caret = h("pre", { class: "caret", "aria-hidden": "true" }, `${row}\n${" ".repeat(column - from)}^`);
  return [caret, sentence, h("span", { class: "spoken" }, t("fault.at", { place: column + 1 }))];
}

// The fields, from the state; what is being typed is left alone.
function fill(from) {
  const { state } = bench;
  for (const field of document.querySelectorAll("[data-field]")) {
    const value = state[field.dataset.field];
    if (field === from) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else if (field.value !== value) field.value = value;
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
  }
  for (const part of document.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(state.model);
  }
  $("model").hidden = MODELLESS.has(state.tab) || (state.tab === "practise" && state.difficulty !== "own");
  document.body.dataset.tab = state.tab;
  for (const tab of TABS) {
    const is = tab === state.tab;
    $(`tab-${tab}`).setAttribute("aria-selected", String(is));
    $(`tab-${tab}`).tabIndex = is ? 0 : -1;
    $(`panel-${tab}`).hidden = !is;
  }
}

function open(tab, focus = false) {
  bench.state = { ...bench.state, tab };
  history.pushState(null, "", write(bench.state));
  bench.fault(null);
  fill(null);
  bench.refresh();
  if (focus) $(`tab-${tab}`).focus();
}

function setUp() {
  for (const event of ["input", "change"]) {
    document.addEventListener(event, ({ target }) => {
      const name = target.dataset?.field;
      if (name && target.value !== bench.state[name] && (target.type !== "radio" || target.checked)) {
        bench.change({ [name]: target.value }, target);
      }
    });
  }
  for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
  for (const tab of TABS) $(`tab-${tab}`).addEventListener("click", () => open(tab));
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const at = TABS.indexOf(bench.state.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    open(TABS[(to + TABS.length) % TABS.length], true);
  });
  $("link").addEventListener("click", async () => {
    const done = await copied(location.href);
    $("link").textContent = t(done ? "link.copied" : "link.above");
    setTimeout(() => { $("link").textContent = t("link"); }, 1500);
  });
  const offer = () => $("example").replaceChildren($("example").options[0],
    ...Object.keys(EXAMPLES).map((name) => h("option", { value: name }, t(`example.${name}`))));
  offer();
  onSpeak(offer);
  $("example").addEventListener("change", () => {
    const found = EXAMPLES[$("example").value];
    if (found) bench.change({ shapes: "", constants: "", at: "", ...found });
    $("example").selectedIndex = 0;
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("content").focus();
  });
  const again = () => {
    bench.state = read(location.hash);
    fill(null);
    bench.refresh();
  };
  addEventListener("hashchange", again);
  addEventListener("popstate", again);
  for (const panel of Object.values(PANELS)) panel.setUp(bench);
  fill(null);
  if (["constants", "notation", "detail", "style", "order", "inputs"].some((n) => bench.state[n] !== USUAL[n])) $("more").open = true;
}

await speak(bench.state.language);
setUp();
if (document.body.dataset.engine === "browser") await (await import("./browser.js")).start();
await bench.refresh();
document.body.dataset.ready = "true";
