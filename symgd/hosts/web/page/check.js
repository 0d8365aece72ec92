// Check: the verdict on each line of somebody's derivation, as it is typed.

import { ask } from "./engine.js";
import { $, h, nodes } from "./dom.js";
import { t } from "./words.js";

const KINDS = { tex: "tex", md: "md", ipynb: "ipynb", txt: "txt" };

export async function refresh(bench) {
  const { state } = bench;
  const answer = await ask("check", {
    ask: "check", text: state.text, kind: state.kind, given: state.given, language: state.language,
  });
  if (!answer) return;
  bench.fault(answer.error ? { ...answer.error, field: "text", at: null } : null);
  $("verdicts").classList.toggle("stale", Boolean(answer.error));
  if (answer.error) return;
  const found = answer.answer;
  $("check-summary").textContent = found.summary;
  $("check-summary").className = `summary ${found.verdict}`;
  $("verdicts").replaceChildren(...found.lines.map((line) => item(line)),
    ...found.notes.map((note) => h("li", { class: "note-line" }, ...nodes(note))));
}

function item(line) {
  const formula = line.html ? nodes(line.html)
    : [h("pre", {}, line.text + (line.caret === null ? "" : `\n${" ".repeat(line.caret)}^`))];
  const said = line.findings.map((found) => h("p", { class: "why" }, ...nodes(found)));
  return h("li", { class: `verdict-line ${line.status}`, value: line.line },
    h("button", {
      type: "button", class: "where", title: t("line", { line: line.line }), "aria-label": t("line.go", { line: line.line }),
      onclick: () => goTo(line.line),
    }, String(line.line)),
    h("div", { class: "formula" }, ...formula),
    h("span", { class: `mark ${line.verdict}`, title: line.meaning, role: "img", "aria-label": line.meaning }, line.mark),
    h("div", { class: "findings" }, h("span", { class: "word" }, line.word), ...said));
}

function goTo(line) {
  const area = $("text");
  const rows = area.value.split("\n");
  const start = rows.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (rows[line - 1] ?? "").length);
}

export function setUp(bench) {
  const area = $("text");
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", async (event) => {
    area.classList.remove("over");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    const kind = KINDS[file.name.split(".").pop().toLowerCase()] ?? "txt";
    bench.change({ text: (await file.text()).slice(0, 200_000), kind });
  });
}
