// Pictures of numbers: fields with their contours on a canvas, curves as SVG.

import { svg, shown } from "./dom.js";
import { t } from "./words.js";

export const COLOURS = ["--run-1", "--run-2", "--run-3", "--run-4"];
const BANDS = 16;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function rgb(text) {
  const found = /^#(..)(..)(..)$/.exec(text);
  return found ? found.slice(1, 4).map((c) => parseInt(c, 16)) : [128, 128, 128];
}

// A field over x and y: bands between quantiles, lines between bands, then whatever `over` draws.
export function field(canvas, { x, y, rows, names, levels = null }, over) {
  const wide = Math.max(240, Math.min(560, canvas.parentElement.clientWidth || 480));
  const tall = Math.round(wide * 0.78);
  const dots = devicePixelRatio || 1;
  canvas.width = wide * dots;
  canvas.height = tall * dots;
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${tall}px`;
  const paint = canvas.getContext("2d");
  paint.scale(dots, dots);
  const room = { left: 46, right: 8, top: 8, bottom: 34 };
  const [x0, x1, y0, y1] = [x[0], x.at(-1), y[0], y.at(-1)];
  const px = (v) => room.left + ((v - x0) / (x1 - x0)) * (wide - room.left - room.right);
  const py = (v) => tall - room.bottom - ((v - y0) / (y1 - y0)) * (tall - room.top - room.bottom);
  const inner = [wide - room.left - room.right, tall - room.top - room.bottom];
  paint.fillStyle = colour("--page");
  paint.fillRect(0, 0, wide, tall);
  paint.drawImage(background(canvas, { x, y, rows, levels }, inner), room.left, room.top, ...inner);
  paint.strokeStyle = colour("--contour");
  paint.lineWidth = 0.7;
  for (const level of cutsOf(rows, levels)) contour(paint, x, y, rows, level, px, py);
  axes(paint, { wide, tall, room, x: [x0, x1], y: [y0, y1], names, px, py });
  paint.save();
  paint.beginPath();
  paint.rect(room.left, room.top, wide - room.left - room.right, tall - room.top - room.bottom);
  paint.clip();
  over(paint, px, py);
  paint.restore();
}

function cutsOf(rows, levels) {
  if (levels) return levels;
  const sorted = rows.flat().filter((v) => v !== null).sort((a, b) => a - b);
  return [...new Set(Array.from({ length: BANDS - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / BANDS)]))];
}

// The bands, between the points of the grid by straight lines; kept until the field, the size or
// the colours are others.
const KEPT = new WeakMap();

function background(canvas, { x, y, rows, levels }, [wide, tall]) {
  const key = [wide, tall, colour("--field-low")].join();
  const kept = KEPT.get(canvas);
  if (kept && kept.rows === rows && kept.key === key) return kept.made;
  const made = document.createElement("canvas");
  [made.width, made.height] = [wide, tall];
  const paint = made.getContext("2d");
  const image = paint.createImageData(wide, tall);
  const cuts = cutsOf(rows, levels);
  const low = rgb(colour("--field-low")), high = rgb(colour("--field-high"));
  const shades = Array.from({ length: cuts.length + 1 }, (_, k) => low.map((c, i) => c + ((high[i] - c) * k) / Math.max(1, cuts.length)));
  for (let q = 0; q < tall; q += 1) {
    const v = (1 - q / (tall - 1)) * (y.length - 1), j = Math.min(y.length - 2, Math.floor(v)), t = v - j;
    for (let p = 0; p < wide; p += 1) {
      const u = (p / (wide - 1)) * (x.length - 1), i = Math.min(x.length - 2, Math.floor(u)), s = u - i;
      const corners = [rows[j][i], rows[j][i + 1], rows[j + 1][i], rows[j + 1][i + 1]];
      if (corners.includes(null)) continue;
      const value = (1 - t) * ((1 - s) * corners[0] + s * corners[1]) + t * ((1 - s) * corners[2] + s * corners[3]);
      let band = 0;
      while (band < cuts.length && value >= cuts[band]) band += 1;
      image.data.set([...shades[band], 255], 4 * (q * wide + p));
    }
  }
  paint.putImageData(image, 0, 0);
  KEPT.set(canvas, { rows, key, made });
  return made;
}

// Marching squares: each cell has the line on which the field is the level.
function contour(paint, x, y, rows, level, px, py) {
  paint.beginPath();
  for (let j = 0; j + 1 < y.length; j += 1) {
    for (let i = 0; i + 1 < x.length; i += 1) {
      const at = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const v = at.map(([a, b]) => rows[b][a]);
      if (v.includes(null)) continue;
      const ends = [];
      for (let k = 0; k < 4; k += 1) {
        const n = (k + 1) % 4;
        if (v[k] < level === v[n] < level) continue;
        const t = (level - v[k]) / (v[n] - v[k]);
        const [ax, ay] = [x[at[k][0]], y[at[k][1]]], [bx, by] = [x[at[n][0]], y[at[n][1]]];
        ends.push([px(ax + t * (bx - ax)), py(ay + t * (by - ay))]);
      }
      for (let k = 0; k + 1 < ends.length; k += 2) {
        paint.moveTo(...ends[k]);
        paint.lineTo(...ends[k + 1]);
      }
    }
  }
  paint.stroke();
}

// Round numbers between two ends, about so many.
export function ticks(low, high, count = 5) {
  const step = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(step));
  const nice = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= step) ?? step;
  const found = [];
  for (let v = Math.ceil(low / nice) * nice; v <= high + nice * 1e-9; v += nice) found.push(Math.abs(v) < nice * 1e-9 ? 0 : v);
  return found;
}

function axes(paint, { wide, tall, room, x, y, names, px, py }) {
  paint.strokeStyle = colour("--line");
  paint.fillStyle = colour("--quiet");
  paint.lineWidth = 1;
  paint.font = "12px system-ui, sans-serif";
  paint.strokeRect(room.left + 0.5, room.top + 0.5, wide - room.left - room.right - 1, tall - room.top - room.bottom - 1);
  paint.textAlign = "center";
  for (const v of ticks(...x)) paint.fillText(shown(v, 3), px(v), tall - room.bottom + 15);
  paint.textAlign = "right";
  for (const v of ticks(...y)) paint.fillText(shown(v, 3), room.left - 5, py(v) + 4);
  paint.fillStyle = colour("--ink");
  paint.textAlign = "center";
  paint.fillText(names[0], (room.left + wide - room.right) / 2, tall - 4);
  paint.fillText(names[1], 10, (room.top + tall - room.bottom) / 2);
}

export function path(paint, points, name, px, py, upto = Infinity) {
  const ink = colour(name);
  const kept = points.filter(([, p]) => p.every((v) => v !== null));
  paint.strokeStyle = ink;
  paint.fillStyle = ink;
  paint.lineWidth = 2;
  paint.lineJoin = "round";
  paint.beginPath();
  const done = kept.filter(([epoch]) => epoch <= upto);
  done.forEach(([, p], k) => paint[k ? "lineTo" : "moveTo"](px(p[0]), py(p[1])));
  paint.stroke();
  for (const [, p] of done) dot(paint, px(p[0]), py(p[1]), 1.8);
  if (!done.length) return;
  const [start, end] = [done[0][1], done.at(-1)[1]];
  dot(paint, px(start[0]), py(start[1]), 5, colour("--page"), ink);
  dot(paint, px(end[0]), py(end[1]), 5);
}

export function dot(paint, x, y, r, fill = null, edge = null) {
  paint.beginPath();
  paint.arc(x, y, r, 0, 7);
  if (fill) paint.fillStyle = fill;
  paint.fill();
  if (!edge) return;
  paint.strokeStyle = edge;
  paint.lineWidth = 2;
  paint.stroke();
  paint.fillStyle = edge;
}

export const ink = colour;

// Curves over epochs: [{points: [[epoch, cost], ...], name, colour}].
export function curves(host, runs, upto) {
  const all = runs.flatMap((r) => r.points).filter(([, v]) => v !== null && Math.abs(v) < 1e100);
  host.replaceChildren();
  if (!all.length) return;
  const W = 480, H = 300, room = { left: 52, right: 12, top: 10, bottom: 34 };
  const costs = all.map(([, v]) => v);
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const log = least > 0 && most > 20 * least;
  const f = log ? Math.log10 : (v) => v;
  const [low, high] = f(least) === f(most) ? [f(least) - 0.5, f(most) + 0.5] : [f(least), f(most)];
  const last = Math.max(1, ...all.map(([e]) => e));
  const px = (e) => room.left + (e / last) * (W - room.left - room.right);
  const py = (v) => H - room.bottom - ((f(v) - low) / (high - low)) * (H - room.top - room.bottom);
  const apart = Math.max(1, Math.ceil((high - low) / 6)); // powers of ten between two lines
  const grid = log
    ? Array.from({ length: Math.floor((Math.floor(high) - Math.ceil(low)) / apart) + 1 }, (_, k) => Math.ceil(low) + k * apart).map((k) => [10 ** k, `10${[...String(k)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("")}`])
    : ticks(low, high, 4).map((v) => [v, shown(v, 3)]);
  if (!grid.length) grid.push([least, shown(least, 2)], [most, shown(most, 2)]);
  const parts = [];
  for (const [v, label] of grid) {
    parts.push(svg("path", { class: "grid", d: `M${room.left} ${py(v)}H${W - room.right}` }), svg("text", { class: "tick end", x: room.left - 6, y: py(v) + 4 }, label));
  }
  for (const e of ticks(0, last, 5)) parts.push(svg("text", { class: "tick", x: px(e), y: H - 16 }, String(e)));
  for (const run of runs) {
    const kept = run.points.filter(([, v]) => v !== null && Math.abs(v) < 1e100 && (!log || v > 0));
    if (kept.length) parts.push(svg("path", { class: "curve", stroke: `var(${run.colour})`, d: kept.map(([e, v], k) => `${k ? "L" : "M"}${px(e).toFixed(1)} ${py(v).toFixed(1)}`).join("") }));
  }
  parts.push(svg("path", { class: "now", d: `M${px(Math.min(upto, last))} ${room.top}V${H - room.bottom}` }));
  host.append(svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": t("curve.range", { most: shown(most), least: shown(least) }) }, ...parts));
}
