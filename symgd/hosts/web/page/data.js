// Samples: those of a few small problems, drawn alike every time, and a person's own.

import { t } from "./words.js";

// A generator of numbers in [0, 1) (mulberry32).
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let u = state;
    u = Math.imul(u ^ (u >>> 15), u | 1);
    u ^= u + Math.imul(u ^ (u >>> 7), u | 61);
    return ((u ^ (u >>> 14)) >>> 0) / 4294967296;
  };
}

const rounded = (v) => Number(v.toFixed(3));

function table(count, seed, row) {
  const next = random(seed);
  const noise = () => (next() + next() + next() + next() - 2) / 1.15;
  return Array.from({ length: count }, (_, k) => row(k, next, noise).map(rounded));
}

// name → the columns, and the rows; their titles are words
export const SETS = {
  one: { columns: null },
  line: {
    columns: ["x", "y"],
    rows: () => table(24, 7, (k, next, noise) => [-4 + k / 3, 1 / (1 + Math.exp(-1.5 * (-4 + k / 3) + 0.7)) + 0.06 * noise()]),
  },
  classes: {
    columns: ["x", "y"],
    rows: () => table(30, 11, (k, next, noise) => [(k % 2 ? 1.2 : -1) + 0.9 * noise(), k % 2]),
  },
  blobs: {
    columns: ["x1", "x2", "y"],
    rows: () => table(60, 3, (k, next, noise) => [(k % 2 ? 1.1 : -1.1) + 0.7 * noise(), (k % 2 ? 0.8 : -0.8) + 0.7 * noise(), k % 2]),
  },
  xor: {
    columns: ["x1", "x2", "y"],
    rows: () => table(80, 5, (k, next) => { const [a, b] = [2 * next() - 1, 2 * next() - 1]; return [1.5 * a, 1.5 * b, a * b > 0 ? 0 : 1]; }),
  },
  ring: {
    columns: ["x1", "x2", "y"],
    rows: () => table(90, 9, (k, next, noise) => { const r = (k % 2 ? 1.6 : 0.5) + 0.2 * noise(), angle = 6.283 * next(); return [r * Math.cos(angle), r * Math.sin(angle), k % 2]; }),
  },
};

export let own = null; // {columns, rows, name}: never in the address, never kept

export function forget() { own = null; }

// Comma, semicolon or tab; the names of the first line, else x, y or x1, ..., y.
export function readCsv(text, name) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line.trim()).slice(0, 2001);
  if (!lines.length) throw new Error(t("csv.empty"));
  const mark = [",", ";", "\t"].find((c) => lines[0].includes(c)) ?? ",";
  const cells = lines.map((line) => line.split(mark).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const numbers = (row) => row.map((cell) => (cell === "" ? NaN : Number(cell)));
  const headed = numbers(cells[0]).some(Number.isNaN);
  const count = cells[0].length;
  const columns = headed ? cells.shift() : [...(count === 2 ? ["x"] : Array.from({ length: count - 1 }, (_, k) => `x${k + 1}`)), "y"];
  const rows = cells.map(numbers);
  const at = rows.findIndex((row) => row.length !== columns.length || row.some(Number.isNaN));
  if (at >= 0) throw new Error(t("csv.row", { row: at + (headed ? 2 : 1), file: name, count: columns.length }));
  if (!rows.length) throw new Error(t("csv.names", { file: name }));
  own = { columns, rows, name };
  return own;
}

// The columns as a request takes them; of a network rows of X and Y.
export function columns(set, isNetwork) {
  const found = set === "own" ? own : SETS[set]?.columns ? { columns: SETS[set].columns, rows: SETS[set].rows() } : null;
  if (!found) return {};
  if (isNetwork) {
    return { X: found.rows.map((row) => row.slice(0, -1)), Y: found.rows.map((row) => row.slice(-1)) };
  }
  return Object.fromEntries(found.columns.map((name, k) => [name, found.rows.map((row) => row[k])]));
}
