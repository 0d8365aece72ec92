// Derive: the lines, the graph that lights them up, and what is copied.

import { ask } from "./engine.js";
import { $, copied, h, keep, nodes } from "./dom.js";
import { draw } from "./graph.js";
import { rate } from "./numbers.js";
import { model, point, told } from "./state.js";
import { t } from "./words.js";

let current = null; // the last answer
let chosen = null; // the name that is lit up
let shownLines = Infinity;
let values = null; // of the names, at the point of Numbers, once a name is chosen
let state = null; // what the last answer is of

const request = (state) => ({ ask: "derive", ...model(state), ...told(state) });

export async function refresh(bench) {
  const answer = await ask("derive", request(bench.state));
  if (!answer) return;
  bench.fault(answer.error ?? null);
  $("derivation").classList.toggle("stale", Boolean(answer.error));
  $("graph").classList.toggle("stale", Boolean(answer.error));
  if (answer.error) return;
  current = answer.answer;
  values = null;
  state = bench.state;
  bench.derived(current);
  if (!current.graph?.nodes.some((n) => n.name === chosen)) chosen = null;
  paint();
}

function paint() {
  const holder = $("derivation");
  const open = new Set([...holder.querySelectorAll("details[open]")].map((d) => d.id));
  holder.replaceChildren(
    ...current.blocks.flatMap((block) => nodes(block.html)),
    h("footer", { class: "legends" }, ...nodes(current.legend)),
  );
  for (const details of holder.querySelectorAll("details")) details.open = open.has(details.id);
  drawGraph();
  step(shownLines);
  light();
}

function drawGraph() {
  draw($("graph"), current.graph, { chosen, choose });
}

function choose(name) {
  chosen = chosen === name ? null : name;
  const focused = document.activeElement?.closest?.("#graph .node") !== null;
  drawGraph();
  if (focused) $("graph").querySelector(`[data-name="${CSS.escape(name)}"]`)?.focus();
  light(true);
}

// The lines about a name; its derivative where it has a section of its own.
function light(scroll = false) {
  const holder = $("derivation");
  const rows = [...holder.querySelectorAll("tr[data-names]")];
  let first = null, count = 0;
  for (const row of rows) {
    const is = chosen !== null && row.dataset.names.split(" ").includes(chosen);
    row.classList.toggle("lit", is);
    if (is) {
      count += 1;
      if (!row.closest("details:not([open])")) first ??= row;
    }
  }
  const about = $("about");
  about.hidden = chosen === null;
  if (chosen === null) return;
  const node = current.graph.nodes.find((n) => n.name === chosen);
  const result = rows.filter((row) => row.closest("section.result")).find((row) => row.classList.contains("lit"));
  const formula = result?.querySelectorAll("math") ?? [];
  about.replaceChildren(
    h("b", {}, node.label), ` — ${t("about.lines", { count })} `,
    ...(current.parameters.includes(chosen) && formula.length
      ? [t("about.derivative"), " ", ...[...formula].map((m) => m.cloneNode(true))] : []),
    ...valued(chosen),
    h("button", { type: "button", class: "plain-button", onclick: () => choose(chosen) }, t("about.all")),
  );
  if (scroll) first?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

// What it is worth at the point of Numbers, and the slope of the cost in it there.
function valued(name) {
  if (!values) {
    look(name);
    return [];
  }
  const { above, below } = values.get(name) ?? {};
  if (!above && !below) return [];
  return [h("span", { class: "valued" }, t("about.numbers"), " ", ...(above ? [h("span", { class: "value" }, `${name} = ${above}`)] : []),
    ...(below ? [above ? ", " : "", h("span", { class: "slope" }, below)] : []), ". ")];
}

async function look(name) {
  const of = state;
  const answer = await ask("values", { ask: "numbers", ...model(of), at: point(of.at), rate: rate(of) });
  if (!answer?.answer?.graph || of !== state) return; // where there are no numbers none is shown
  values = new Map(answer.answer.graph.nodes.map((node) => [node.name, node]));
  if (chosen === name) light();
}

// The rule of a line in general: of the line under the pointer, or of the one that came last.
function tell(row) {
  const tip = $("rule");
  const found = (row?.dataset.rules ?? "").split(" ").filter((r) => current?.rules[r]);
  tip.hidden = !found.length;
  if (!found.length) return;
  tip.replaceChildren(...found.flatMap((r) => nodes(current.rules[r])));
  const holder = $("derivation").getBoundingClientRect();
  const cell = (row.querySelector(".rule") ?? row).getBoundingClientRect();
  tip.style.top = `${row.getBoundingClientRect().bottom - holder.top + 2}px`;
  tip.style.left = `${Math.max(0, Math.min(cell.left - holder.left, holder.width - tip.offsetWidth))}px`;
}

const lines = () => [...$("derivation").querySelectorAll("table.steps > tbody > tr")];

// Of the lines so many are shown; a block without any is not.
function step(to) {
  const all = lines();
  shownLines = to === Infinity ? Infinity : Math.max(1, Math.min(to, all.length));
  all.forEach((row, k) => { row.hidden = k >= shownLines; });
  for (const block of $("derivation").querySelectorAll("section, details")) {
    const rows = block.querySelectorAll("table.steps > tbody > tr");
    block.hidden = rows.length > 0 && rows[0].hidden;
    if (shownLines !== Infinity && rows.length && !rows[0].hidden && block.tagName === "DETAILS") block.open = true;
  }
  const single = shownLines !== Infinity;
  $("all").setAttribute("aria-pressed", String(!single));
  $("single").setAttribute("aria-pressed", String(single));
  $("steps-control").hidden = !single;
  if (!single) tell(null);
  if (!single) return;
  $("count").textContent = t("shown.count", { shown: shownLines, all: all.length });
  tell(all[shownLines - 1]);
  $("back").disabled = shownLines <= 1;
  $("next").disabled = shownLines >= all.length;
}

function go(by) {
  step((shownLines === Infinity ? 1 : shownLines) + by);
  lines()[shownLines - 1]?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

async function text(bench, as) {
  const answer = await ask("copy", { ask: "copy", ...model(bench.state), ...told(bench.state), as });
  if (answer?.error) say(answer.error.sentence);
  return answer?.answer ?? null;
}

const say = (sentence) => { $("said").textContent = sentence; };

export function setUp(bench) {
  $("all").addEventListener("click", () => step(Infinity));
  $("single").addEventListener("click", () => step(1));
  $("back").addEventListener("click", () => go(-1));
  $("next").addEventListener("click", () => go(1));
  $("panel-derive").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || shownLines === Infinity || event.target.closest("select, input")) return;
    event.preventDefault();
    go(by);
  });
  $("copy").addEventListener("click", async () => {
    const found = await text(bench, $("copy-as").value);
    if (!found) return;
    const done = await copied(found.text);
    say(`${t(done ? "copied" : "copied.not")} ${found.note}`);
  });
  $("save").addEventListener("click", async () => {
    const found = await text(bench, $("copy-as").value);
    if (found) keep(found.file, found.text);
    if (found) say(`${t("saved", { file: found.file })} ${found.note}`);
  });
  // One by one, the page scrolls under a pointer that rests: the line that came last keeps the word.
  let rested = "";
  const spot = ({ screenX, screenY }) => `${screenX} ${screenY}`;
  addEventListener("pointermove", (event) => { rested = spot(event); });
  $("derivation").addEventListener("pointerover", (event) => {
    const row = event.target.closest("tr[data-rules]");
    if (row && (shownLines === Infinity || spot(event) !== rested)) tell(row);
  });
  $("derivation").addEventListener("pointerleave", () => tell(shownLines === Infinity ? null : lines()[shownLines - 1]));
  $("print").addEventListener("click", () => window.print());
  let before = Infinity;
  addEventListener("beforeprint", () => { before = shownLines; step(Infinity); });
  addEventListener("afterprint", () => step(before));
  // A lemma is quoted by its number; the address is kept for the state.
  $("derivation").addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#lemma-']");
    if (!link) return;
    event.preventDefault();
    const lemma = document.getElementById(link.getAttribute("href").slice(1));
    if (!lemma) return;
    lemma.open = true;
    lemma.scrollIntoView({ block: "nearest", behavior: "smooth" });
    lemma.querySelector("summary")?.focus();
  });
}
