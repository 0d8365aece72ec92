// The model as a picture: boxes and links, with numbers where there are some.

import { svg } from "./dom.js";
import { t } from "./words.js";

const TALL = 42;

export function draw(host, graph, { chosen = null, choose = null } = {}) {
  host.replaceChildren();
  host.hidden = !graph;
  if (!graph) return;
  const at = new Map(graph.nodes.map((n) => [n.name, n]));
  const links = graph.links.map((link) => drawn(link, at));
  const boxes = graph.nodes.map((node) => box(node, chosen, choose));
  const label = graph.nodes.filter((n) => n.kind !== "input" && n.kind !== "parameter").map((n) => n.label).join(", ");
  const arrow = svg("marker", {
    id: `${host.id}-arrow`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
  }, svg("path", { d: "M0 1L10 5L0 9z", class: "arrow" }));
  const picture = svg("svg", {
    viewBox: `0 0 ${graph.width} ${graph.height}`, role: "group", "aria-label": t("graph", { formulas: label }),
  }, svg("defs", {}, arrow), ...links.map(([path]) => {
    path.setAttribute("marker-end", `url(#${host.id}-arrow)`);
    return path;
  }), ...links.flatMap(([, note]) => note), ...boxes);
  // As wide as there is room for, but never so small that it cannot be read: then it scrolls.
  picture.style.width = `min(100%, ${graph.width}px)`;
  picture.style.minWidth = `${Math.round(graph.width * 0.62)}px`;
  host.append(picture);
}

function drawn(link, at) {
  const a = at.get(link.from), u = at.get(link.to);
  const [x0, y0] = [a.x + a.width / 2, a.y];
  const shift = Math.max(-1, Math.min(1, (a.y - u.y) / 210)) * TALL / 2;
  const [x1, y1] = [u.x - u.width / 2 - 1, u.y + shift * 0.8];
  const middle = (x0 + x1) / 2;
  const path = link.lane === null
    ? `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`
    : `M${x0} ${y0}C${x0 + 40} ${y0} ${x0} ${link.lane} ${x0 + 40} ${link.lane}H${x1 - 40}C${x1} ${link.lane} ${x1 - 40} ${y1} ${x1} ${y1}`;
  const note = link.note && link.lane === null
    ? [svg("text", { class: "note", x: middle, y: (y0 + y1) / 2 - 6 }, link.note)] : [];
  return [svg("path", { d: path, class: "link" }), note];
}

function box(node, chosen, choose) {
  const definition = node.kind === "definition" || node.kind === "cost";
  const parts = [
    svg("rect", {
      x: node.x - node.width / 2, y: node.y - TALL / 2, width: node.width, height: TALL, rx: definition ? 5 : TALL / 2,
    }),
    svg("text", { x: node.x, y: node.y, class: "label" }, node.label),
  ];
  if (node.above) parts.push(svg("text", { x: node.x, y: node.y - 30, class: "value" }, node.above));
  if (node.below) parts.push(svg("text", { x: node.x, y: node.y + 40, class: "slope" }, node.below));
  const group = svg("g", {
    class: `node ${node.kind}${chosen === node.name ? " chosen" : ""}`, "data-name": node.name,
    ...(choose ? { tabindex: 0, role: "button", "aria-pressed": String(chosen === node.name), "aria-description": t("graph.choose", { formula: node.label }) } : {}),
  }, ...parts);
  if (choose) {
    group.addEventListener("click", () => choose(node.name));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(node.name);
    });
  }
  return group;
}
