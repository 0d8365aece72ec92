// What the page says: the words of its language by their ids, with {parts}.

import english from "./words-en.js";

const KNOWN = new Set([...document.querySelectorAll("[data-field=language] option")].map((o) => o.value));
let table = english;
let spoken = "en";
const heard = [];

export const t = (id, parts = {}) => table[id].replace(/\{(\w+)\}/g, (_, name) => parts[name]);

// The same, where parts are nodes.
export const said = (id, parts) => table[id].split(/\{(\w+)\}/).map((piece, k) => (k % 2 ? parts[piece] : piece));

// "a, b and c"
export const listed = (names) => names.reduceRight((rest, name, k) =>
  (rest === null ? name : k === names.length - 2 ? t("and", { first: name, second: rest }) : `${name}, ${rest}`), null) ?? "";

// What is made of words again when the language is another.
export const onSpeak = (again) => heard.push(again);

export async function speak(code) {
  const wanted = KNOWN.has(code) ? code : "en";
  if (wanted === spoken) return;
  spoken = wanted;
  const found = wanted === "en" ? english : (await import(`./words-${wanted}.js`)).default;
  if (wanted !== spoken) return; // another was wanted meanwhile
  table = found;
  document.documentElement.lang = wanted;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const again of heard) again();
}
