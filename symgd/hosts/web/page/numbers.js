// Numbers: sliders for every name that has a number of its own, and what follows from them.

import { ask } from "./engine.js";
import { $, h, nodes, shown } from "./dom.js";
import { draw } from "./graph.js";
import { model, point, pointText } from "./state.js";
import { onSpeak, t } from "./words.js";

const REACH = 5; // of a slider
let latest = null;
let fields = ""; // the names that the sliders are for

export async function refresh(bench) {
  const { state } = bench;
  const answer = await ask("numbers", {
    ask: "numbers", ...model(state), at: point(state.at), rate: rate(state), told: $("worked").open,
  });
  if (!answer) return;
  bench.fault(answer.error ?? null);
  $("panel-numbers").classList.toggle("stale", Boolean(answer.error));
  if (answer.error) return;
  latest = answer.answer;
  draw($("numbers-graph"), latest.graph);
  sliders(bench);
  changes();
  updates();
  if ($("worked").open) $("worked-lines").replaceChildren(...latest.blocks.flatMap(nodes));
}

export const rate = (state) => {
  const value = Number(state.rate);
  return Number.isFinite(value) && Math.abs(value) < 1e9 ? value : 0.05;
};

// Where a number may lie: (0, 1), [0, oo), {0, 1}.
function bounds(leaf) {
  const found = /^[([]\s*([^,]+),\s*([^,]+)[)\]]$/.exec(leaf.domain);
  const whole = /^\{(.+)\}$/.exec(leaf.domain);
  if (whole) {
    const values = whole[1].split(",").map(Number).filter(Number.isFinite);
    return [Math.min(...values), Math.max(...values), 1];
  }
  const [low, high] = found ? [Number(found[1]), Number(found[2])] : [-Infinity, Infinity];
  const edge = 0.01;
  const reach = Math.max(REACH, Math.ceil(2 * Math.abs(leaf.value)));
  return [Number.isFinite(low) ? low + edge : -reach, Number.isFinite(high) ? high - edge : reach, 0.01];
}

function sliders(bench) {
  const names = JSON.stringify(latest.leaves.map((leaf) => [leaf.name, leaf.shape, leaf.domain]));
  if (names !== fields) {
    fields = names;
    $("sliders").replaceChildren(...latest.leaves.map((leaf) => slider(bench, leaf)), rateSlider(bench));
  }
  for (const leaf of latest.leaves) {
    for (const input of $("sliders").querySelectorAll("[data-leaf]")) {
      if (input.dataset.leaf !== leaf.name || input === document.activeElement) continue;
      input.value = Array.isArray(leaf.value) ? JSON.stringify(leaf.value) : leaf.value;
    }
  }
  for (const input of $("sliders").querySelectorAll("[data-rate]")) {
    if (input === document.activeElement) continue;
    input.value = input.type === "range" ? Math.log10(Math.max(1e-4, rate(bench.state))) : rate(bench.state);
  }
}

function slider(bench, leaf) {
  const change = (text) => {
    let value;
    try { value = JSON.parse(text); } catch { return; }
    if (typeof value !== "number" && !Array.isArray(value)) return;
    bench.change({ at: pointText({ ...point(bench.state.at), [leaf.name]: value }) });
    for (const other of $("sliders").querySelectorAll("[data-leaf]")) {
      if (other.dataset.leaf === leaf.name && other !== document.activeElement) other.value = value;
    }
  };
  const label = h("label", { for: `leaf-${leaf.name}` }, h("b", {}, leaf.name), h("span", { class: "hint" }, ` ${t(`leaf.${leaf.kind}`)}`));
  if (Array.isArray(leaf.value)) {
    const rows = Array.isArray(leaf.value[0]) ? Math.min(4, leaf.value.length) : 1;
    return h("div", { class: "slider array" }, label,
      h("textarea", {
        id: `leaf-${leaf.name}`, "data-leaf": leaf.name, rows, spellcheck: "false",
        oninput: (e) => change(e.target.value),
      }));
  }
  const [min, max, step] = bounds(leaf);
  return h("div", { class: "slider" }, label,
    h("input", { type: "range", id: `leaf-${leaf.name}`, "data-leaf": leaf.name, min, max, step, oninput: (e) => change(e.target.value) }),
    h("input", { type: "number", "data-leaf": leaf.name, step: "any", "aria-label": leaf.name, oninput: (e) => change(e.target.value) }));
}

function rateSlider(bench) {
  const range = h("input", {
    type: "range", id: "leaf-rate", "data-rate": "", min: -4, max: 2, step: 0.05,
    oninput: (e) => bench.change({ rate: String(Number((10 ** e.target.value).toPrecision(2))) }),
  });
  const typed = h("input", {
    type: "number", "data-rate": "", step: "any", "aria-label": t("rate"),
    oninput: (e) => e.target.value !== "" && bench.change({ rate: e.target.value }),
  });
  return h("div", { class: "slider" }, h("label", { for: "leaf-rate" }, h("b", {}, "η"), h("span", { class: "hint" }, ` ${t("rate")}`)), range, typed);
}

function changes() {
  const { predicted, actual } = latest;
  const most = Math.max(Math.abs(predicted ?? 0), Math.abs(actual ?? 0)) || 1;
  const bar = (kind, label, value) => {
    const fill = h("span", { class: `fill ${kind}` });
    fill.style.width = `${(100 * Math.abs(value ?? 0)) / most}%`;
    return h("div", { class: "change-row" }, h("span", { class: "change-label" }, label),
      h("span", { class: "track" }, fill), h("span", { class: "change-value" }, value === null ? t("infinite") : shown(value)));
  };
  $("changes").replaceChildren(
    bar("predicted", t("change.predicted"), predicted),
    bar(actual > 0 ? "actual worse" : "actual", t("change.actual"), actual),
    ...nodes(latest.told),
  );
}

function updates() {
  const head = h("tr", {}, ...["", t("update.before"), t("update.slope"), t("update.after")].map((name) => h(name ? "th" : "td", name ? { scope: "col" } : {}, name)));
  const rows = latest.updates.map((u) => h("tr", {}, h("th", { scope: "row" }, u.name),
    ...[u.before, u.slope, u.after].map((x) => h("td", {}, Array.isArray(x) ? shown(x) : shown(x, 6)))));
  $("updates").replaceChildren(h("thead", {}, head), h("tbody", {}, ...rows));
}

export function setUp(bench) {
  onSpeak(() => { fields = ""; });
  $("step").addEventListener("click", () => {
    if (!latest) return;
    const after = Object.fromEntries(latest.updates.map((u) => [u.name, u.after]));
    document.activeElement?.blur();
    bench.change({ at: pointText({ ...point(bench.state.at), ...after }) });
  });
  $("reset").addEventListener("click", () => bench.change({ at: "", rate: "0.05" }));
  $("worked").addEventListener("toggle", () => $("worked").open && refresh(bench));
}
