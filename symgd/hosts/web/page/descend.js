// Descend: optimizers side by side over the cost, scrubbed by a slider.

import { ask } from "./engine.js";
import { $, h, shown } from "./dom.js";
import { SETS, columns, own, readCsv } from "./data.js";
import { COLOURS, curves, dot, field, ink, path } from "./plot.js";
import { model, point } from "./state.js";
import { rate } from "./numbers.js";
import { listed, onSpeak, said, t } from "./words.js";

const ENDED = new Set(["epochs", "converged", "diverged"]);
let latest = null;
let first = true; // nothing has been scrubbed yet

export async function refresh(bench) {
  const { state } = bench;
  const answer = await ask("descend", {
    ask: "descend", ...model(state), at: point(state.at), rate: rate(state),
    data: columns(state.samples, state.model === "layers"),
    optimizers: state.optimizers.split("\n").map((text) => text.trim()).filter(Boolean).slice(0, 4),
    epochs: Math.max(1, Math.min(2000, Math.round(Number(state.epochs)) || 100)),
  });
  if (!answer) return;
  const error = answer.error ?? null;
  bench.fault(error && !error.field && /optimizer|rate/.test(error.sentence) ? { ...error, field: "optimizers" } : error);
  $("panel-descend").classList.toggle("stale", Boolean(error));
  if (error) return;
  latest = answer.answer;
  const last = Math.max(1, ...latest.runs.map((r) => r.epochs.at(-1) ?? 0));
  const scrub = $("scrub");
  const atEnd = first || Number(scrub.value) >= Number(scrub.max);
  first = false;
  scrub.max = last;
  if (atEnd) scrub.value = last;
  stable(bench);
  table();
  paint();
}

function stable(bench) {
  const found = latest.stable;
  if (!found) {
    $("stable").textContent = t("stable.none");
    return;
  }
  const rates = latest.runs.map((r) => /^sgd\(\s*(?:rate\s*=\s*)?([-+.\deE]+)\s*\)$/.exec(r.optimizer)).filter(Boolean).map((m) => Number(m[1]));
  const above = rates.some((r) => r > found.rate);
  $("stable").replaceChildren(
    h("span", { class: above ? "gauge above" : "gauge" }, gauge(rates, found.rate)),
    h("span", {}, ...said(found.everywhere ? "stable" : "stable.near", { rate: h("b", {}, shown(found.rate)) }), above ? ` ${t("stable.above")}` : ""),
    h("button", {
      type: "button", class: "plain-button", onclick: () => {
        const others = bench.state.optimizers.split("\n").filter((text) => text.trim()).slice(0, 2);
        const [under, over] = [0.95, 1.05].map((k) => `sgd(${Number((k * found.rate).toPrecision(3))})`);
        bench.change({ optimizers: [under, over, ...others].slice(0, 4).join("\n") });
      },
    }, t("stable.try")),
  );
}

// The rates on a scale of powers of ten, with the mark at 2/λmax.
function gauge(rates, mark) {
  const values = [mark, ...rates.filter((r) => r > 0)].map(Math.log10);
  const [low, high] = [Math.min(...values) - 0.7, Math.max(...values) + 0.7];
  const place = (v) => `${(100 * (Math.log10(v) - low)) / (high - low)}%`;
  const line = h("span", { class: "gauge-line", role: "img", "aria-label": t("stable.mark", { rate: shown(mark) }) });
  const limit = h("span", { class: "gauge-mark" });
  limit.style.left = place(mark);
  line.append(limit, ...rates.filter((r) => r > 0).map((r) => {
    const tick = h("span", { class: "gauge-rate", title: `η = ${r}` });
    tick.style.left = place(r);
    return tick;
  }));
  return line;
}

function table() {
  const names = latest.names.slice(0, 4);
  const scalar = latest.runs.some((r) => r.path.length);
  const head = ["", t("run.optimizer"), t("run.cost"), ...(scalar ? names : []), t("run.ended")];
  const rows = latest.runs.map((run, k) => h("tr", {},
    h("td", {}, swatch(k)), h("th", { scope: "row" }, run.optimizer), h("td", {}, shown(run.cost, 6)),
    ...(scalar ? names.map((n) => h("td", {}, shown(run.end[n], 5))) : []),
    h("td", { class: run.stopped === "diverged" ? "refuted" : "" }, run.sentence || (ENDED.has(run.stopped) ? t(`ended.${run.stopped}`) : run.stopped))));
  $("runs").replaceChildren(h("thead", {}, h("tr", {}, ...head.map((name) => h(name ? "th" : "td", name ? { scope: "col" } : {}, name)))), h("tbody", {}, ...rows));
}

function swatch(k) {
  const mark = h("span", { class: "swatch" });
  mark.style.background = `var(${COLOURS[k]})`;
  return mark;
}

function paint() {
  if (!latest || $("panel-descend").hidden) return;
  const upto = Number($("scrub").value);
  $("scrub-value").textContent = String(upto);
  const at = latest.runs.map((r) => {
    const k = r.epochs.findLastIndex((e) => e <= upto);
    return k < 0 ? "" : t("scrub.cost", { optimizer: r.optimizer, cost: shown(r.costs[k]) });
  });
  $("scrub").setAttribute("aria-valuetext", t("scrub", { epoch: upto, costs: at.join("; ") }));
  surface(upto);
  curves($("curve"), latest.runs.map((r, k) => ({ points: r.epochs.map((e, i) => [e, r.costs[i]]), colour: COLOURS[k] })), upto);
  boundary();
}

function surface(upto) {
  const found = latest.surface;
  $("surface-figure").hidden = !found || !found.y.length;
  if (!found || !found.y.length) return;
  const at = found.names.map((n) => latest.names.indexOf(n));
  field($("surface"), { x: found.x, y: found.y, rows: found.cost, names: found.names }, (p, px, py) => {
    latest.runs.forEach((run, k) => path(p, run.path.map((q, i) => [run.epochs[i], at.map((j) => q[j])]), COLOURS[k], px, py, upto));
  });
  const held = Object.entries(found.held ?? {}).map(([n, v]) => `${n} = ${shown(v)}`);
  const part = found.part < found.count ? ` ${t("surface.part", { count: found.count, part: found.part })}` : "";
  $("surface-caption").textContent = t(held.length ? "surface.held" : "surface", { names: listed(found.names), held: held.join(", ") }) + part;
  $("surface").setAttribute("aria-label", $("surface-caption").textContent);
}

function boundary() {
  const found = latest.boundary;
  $("boundary-figure").hidden = !found;
  if (!found) return;
  const values = found.value.flat().filter((v) => v !== null);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const half = low < 0.5 && high > 0.5 ? 0.5 : (low + high) / 2;
  const levels = Array.from({ length: 9 }, (_, k) => low + ((k + 1) * (high - low)) / 10);
  field($("boundary"), { x: found.x, y: found.y, rows: found.value, names: found.names, levels: [...new Set([...levels, half])].sort((a, b) => a - b) }, (p, px, py) => {
    found.points.forEach(([x, y], k) => dot(p, px(x), py(y), 4, ink(found.labels[k] > 0.5 ? "--run-1" : "--run-2"), ink("--page")));
  });
  $("boundary-caption").textContent = t("boundary", { names: listed(found.names), count: found.points.length });
  $("boundary").setAttribute("aria-label", $("boundary-caption").textContent);
}

function offer(bench) {
  const list = $("samples");
  list.replaceChildren(...Object.keys(SETS).map((name) => h("option", { value: name }, t(`samples.${name}`))),
    ...(own ? [h("option", { value: "own" }, t("samples", { name: own.name, count: own.rows.length }))] : []));
  list.value = bench.state.samples;
  if (list.selectedIndex < 0) list.selectedIndex = 0;
}

export function setUp(bench) {
  offer(bench);
  onSpeak(() => offer(bench));
  $("samples").addEventListener("change", ({ target }) => {
    const count = (SETS[target.value]?.columns ?? []).length - 1;
    const { state } = bench;
    if (count > 0 && state.model === "neuron" && Number(state.inputs) !== count) bench.change({ inputs: String(count) });
  });
  $("scrub").addEventListener("input", paint);
  const take = async (file) => {
    if (!file) return;
    $("csv-fault").textContent = "";
    try {
      const found = readCsv(await file.text(), file.name);
      const count = found.columns.length - 1;
      offer(bench);
      $("samples").value = "own";
      bench.change({ samples: "own", ...(bench.state.model === "neuron" && count >= 1 && count <= 8 ? { inputs: String(count) } : {}) });
    } catch (error) {
      $("csv-fault").textContent = error.message;
    }
  };
  $("csv").addEventListener("change", async ({ target }) => {
    await take(target.files[0]);
    target.value = ""; // the same file again is a change
  });
  const drop = $("drop");
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  let waiting = null;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(paint, 120); });
}
