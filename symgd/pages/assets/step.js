"use strict";
// Shows a derivation a step at a time; without it the page is whole.
(() => {
  const bar = document.querySelector(".stepper");
  const items = [];
  const sections = [...document.querySelectorAll("main > section, main > details")].slice(1);
  for (const section of sections) {
    const rows = section.querySelectorAll("table.steps > tbody > tr");
    items.push(...(rows.length ? rows : [section]));
  }
  if (!bar || !items.length) return;
  const count = bar.querySelector("output");
  let shown = Math.min(Number(location.hash.slice(1)) || 1, items.length);

  const draw = (scroll) => {
    items.forEach((item, i) => { item.hidden = i >= shown; });
    for (const section of sections) {
      const rows = section.querySelectorAll("table.steps > tbody > tr");
      if (rows.length) section.hidden = rows[0].hidden;
    }
    count.textContent = `${shown}/${items.length}`;
    bar.querySelector("[data-step='-1']").disabled = shown <= 1;
    bar.querySelector("[data-step='1']").disabled = shown >= items.length;
    if (scroll) items[shown - 1].scrollIntoView({ block: "nearest" });
  };
  const go = (to) => {
    shown = Math.max(1, Math.min(to, items.length));
    history.replaceState(null, "", `#${shown}`);
    draw(true);
  };
  const steps = {
    ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, End: Infinity, Home: -Infinity,
  };
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) go(shown + Number(button.dataset.step));
  });
  document.addEventListener("keydown", (event) => {
    const onButton = event.target.closest && event.target.closest("button, summary, a");
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && onButton) return;
    event.preventDefault();
    go(shown + steps[event.key]);
  });
  addEventListener("beforeprint", () => items.forEach((item) => { item.hidden = false; }));
  addEventListener("afterprint", () => draw(false));
  bar.hidden = false;
  draw(false);
})();
