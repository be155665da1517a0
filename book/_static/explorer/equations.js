"use strict";
// All equations of the pass in the order of the computation, the chosen one marked; a click on one chooses it.
(() => {
  const {element, data} = lstmExplorer;
  const root = document.getElementById("explorer");
  const items = new Map();
  const lists = Object.fromEntries(["forward", "backward"].map((direction) => {
    const list = element("ol");
    for (const value of data.values.filter((one) => one.direction === direction)) {
      const equation = document.querySelector(`#${value.id} .xp-equation math`);
      if (!equation) continue;
      const link = element("a", {href: `#${value.id}`, "aria-label": `Equation: ${value.words}`}, equation.cloneNode(true));
      items.set(value.name, element("li", {}, link));
      list.append(items.get(value.name));
    }
    const label = {className: "xp-equations", tabIndex: 0, role: "region", "aria-label": `Equations, ${direction}`};
    return [direction, element("div", label, list)];
  }));

  function mark({name, direction}) {
    for (const [key, list] of Object.entries(lists)) list.hidden = key !== direction;
    for (const [key, item] of items) item.classList.toggle("xp-marked", key === name);
    const item = items.get(name);
    if (!item) return;
    const list = lists[direction];
    const above = item.offsetTop;
    if (above < list.scrollTop || above + item.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = above - list.clientHeight / 2;
    }
  }

  root.querySelector(".xp-stage").append(...Object.values(lists));
  root.addEventListener("chosen", ({detail}) => mark(detail));
  mark(lstmExplorer.chosen());
})();
