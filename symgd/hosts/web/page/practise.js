// Practise: the next line, whether it holds, and a hint where it is wanted.

import { ask } from "./engine.js";
import { $, h, keep, nodes } from "./dom.js";
import { model } from "./state.js";
import { said, t } from "./words.js";

const STATUS = {
  right: "✓", unfinished: "✓", known: "·", defined: "≔", wrong: "✗", unknown: "?", named: "·", hint: "☞", shown: "☞",
};
let latest = null;

const moves = (state) => state.moves.split("\n").filter(Boolean);
const own = (state) => state.difficulty === "own";

export async function refresh(bench) {
  const { state } = bench;
  $("seed-field").hidden = own(state);
  const described = own(state) ? { ...model(state), seed: -1 }
    : { language: state.language, notation: state.notation, seed: Number(state.seed) || 0, difficulty: state.difficulty };
  const answer = await ask("practise", { ask: "practise", ...described, moves: moves(state) });
  if (!answer) return;
  bench.fault(answer.error && own(state) ? answer.error : answer.error ? { ...answer.error, field: "line" } : null);
  $("panel-practise").classList.toggle("stale", Boolean(answer.error));
  if (answer.error) return;
  latest = answer.answer;
  $("exercise").replaceChildren(...nodes(latest.model));
  $("moves").replaceChildren(...latest.moves.map(item), ...goals());
  $("goal").replaceChildren(...(latest.goal ? said("goal", { goal: h("span", {}, ...inline(latest.goal)) }) : [t("goal.none")]));
  $("line").placeholder = latest.goal_text ? `${latest.goal_text} = ...` : "";
  for (const id of ["line", "hint", "show"]) $(id).disabled = latest.over;
}

// What stands in the one paragraph of an answer.
const inline = (html) => nodes(html).flatMap((node) => [...node.childNodes]);

function item(move) {
  const said = move.kind === "line"
    ? h("div", { class: "formula" }, ...(move.html ? nodes(move.html) : [h("code", {}, move.text)])) : null;
  return h("li", { class: `move ${move.kind} ${move.status}` },
    h("span", { class: "mark", "aria-hidden": "true" }, STATUS[move.status] ?? "·"), said,
    h("div", { class: "answer-text" }, ...nodes(move.answer)));
}

function goals() {
  if (!latest.over) return [];
  return [h("li", { class: "move receipt" }, h("pre", {}, latest.receipt_text))];
}

export function setUp(bench) {
  const add = (move) => bench.change({ moves: [...moves(bench.state), move].join("\n") });
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const line = $("line").value.trim().replaceAll("\n", " ");
    if (!line) return;
    $("line").value = "";
    $("preview").replaceChildren();
    add(line.startsWith("!") ? ` ${line}` : line);
  });
  $("line").addEventListener("input", async () => {
    const answer = await ask("read", { ask: "read", line: $("line").value });
    if (answer) $("preview").replaceChildren(...nodes(answer.answer?.html ?? ""));
  });
  $("hint").addEventListener("click", () => add("!hint"));
  $("show").addEventListener("click", () => add("!show"));
  $("undo").addEventListener("click", () => bench.change({ moves: moves(bench.state).slice(0, -1).join("\n") }));
  $("another").addEventListener("click", () => bench.change({ seed: String((Number(bench.state.seed) || 0) + 1), moves: "" }));
  $("receipt").addEventListener("click", () => latest && keep("receipt.json", `${JSON.stringify(latest.receipt, null, 2)}\n`, "application/json"));
}

// Another model or another seed is another exercise.
export const RESETS = ["model", "activation", "loss", "inputs", "constants", "lines", "parameters", "shapes", "sizes", "difficulty", "seed"];
