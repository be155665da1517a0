"use strict";
// The explorer's page: one value at one step is chosen; the drawings, the entry and the numbers follow.
(() => {
  const {element, figure, show, compute, valueOf} = lstmExplorer;
  const root = document.getElementById("explorer");
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  lstmExplorer.data = data;
  const values = new Map(data.values.map((value) => [value.name, value]));
  const STEPS = data.window.ids.length;
  const every = Array.from({length: STEPS}, (_, k) => k + 1);

  // The order of computation: forward step by step, through the output layer and back, backward step by step.
  const named = (place, direction) => data.values.filter((v) => v.place === place && v.direction === direction);
  const at = (list, step) => list.map(({name}) => ({name, step}));
  const walk = [
    ...every.flatMap((step) => at(named("cell", "forward"), step)),
    ...["forward", "backward"].flatMap((direction) => at(named("output", direction), STEPS)),
    ...every.toReversed().flatMap((step) => at(named("cell", "backward"), step)),
  ];

  const start = {
    ids: data.window.ids, target: data.window.target, weights: "equal", scale: data.scale, forgetBias: data.forgetBias,
  };
  let inputs = {...start};
  let chosen = {name: "d_h", step: STEPS};
  let result;

  // Parameters as the inputs say; for `compute`, here and in the second view.
  lstmExplorer.parametersOf = ({weights, scale, forgetBias}) => ({
    W: data.drawn.map((line) => line.map((number) => scale * (weights === "equal" ? 1 : number))),
    b: new Array(data.drawn.length).fill(data.bias),
    outputW: data.output.W, outputB: data.output.b, forgetBias,
  });
  lstmExplorer.inputs = () => inputs;
  lstmExplorer.chosen = () => values.get(chosen.name);

  // --- Controls ---
  const words = () => data.words.map((word, k) => element("option", {value: k}, word));
  const select = (name, ...options) => element("select", {name}, ...options);
  const number = (name, min, max, step) => element("input", {name, type: "number", min, max, step, required: true});
  const labelled = (text, control) => element("label", {}, text, control);
  const button = (text, label, action, key) => {
    const made = element("button", {type: "button", "aria-label": label, title: `${label}${key ? ` (${key})` : ""}`}, text);
    made.addEventListener("click", action);
    return made;
  };

  const reset = button("Reset", "Back to the running example", () => change({...start}));
  const form = element("form", {className: "xp-inputs", "aria-label": "Inputs"},
    ...every.map((t) => labelled(`Word ${t}`, select(`word${t}`, ...words()))),
    labelled("Target", select("target", ...words())),
    labelled("Weights", select("weights", element("option", {value: "equal"}, "all equal, as in the series"),
      element("option", {value: "drawn"}, "drawn at random"))),
    labelled("Scale", number("scale", 0, 3, 0.05)),
    labelled("Forget bias", number("forgetBias", -10, 10, 0.5)),
    reset);
  const fault = element("p", {className: "xp-fault", role: "alert"});

  const group = (title, list) => {
    const made = element("optgroup", {label: title});
    made.append(...list.map(({name, words: text}) => element("option", {value: name}, `${name}: ${text}`)));
    return made;
  };
  const list = select("value",
    group("Forward", data.values.filter(({direction}) => direction === "forward")),
    group("Backward", data.values.filter(({direction}) => direction === "backward")));
  list.setAttribute("aria-label", "Value");
  const steps = every.map((step) => button(String(step), `Step ${step}`, () => choose(chosen.name, step)));
  const where = element("p", {className: "xp-where", role: "status"});
  const bar = element("div", {className: "xp-toolbar", role: "group", "aria-label": "Step through"},
    button("‹", "Previous value", () => move(-1), "left arrow"),
    button("›", "Next value", () => move(1), "right arrow"),
    list, element("span", {className: "xp-steps", role: "group", "aria-label": "Time step"}, "Step ", ...steps), where);

  function fill() {
    every.forEach((t) => { form.elements[`word${t}`].value = inputs.ids[t - 1]; });
    for (const name of ["target", "weights", "scale", "forgetBias"]) form.elements[name].value = inputs[name];
  }

  function read() {
    const controls = form.elements;
    const wrong = ["scale", "forgetBias"].map((name) => controls[name]).find((control) => !control.checkValidity());
    fault.textContent = wrong
      ? `${wrong.parentElement.firstChild.data}: expected a number from ${wrong.min} to ${wrong.max}, got “${wrong.value}”.` : "";
    for (const name of ["scale", "forgetBias"]) controls[name].setAttribute("aria-invalid", String(controls[name] === wrong));
    if (wrong) return;
    change({
      ids: every.map((t) => Number(controls[`word${t}`].value)), target: Number(controls.target.value),
      weights: controls.weights.value, scale: controls.scale.valueAsNumber, forgetBias: controls.forgetBias.valueAsNumber,
    });
  }

  // --- What is chosen ---
  function change(wanted) {
    inputs = wanted;
    result = compute({...lstmExplorer.parametersOf(inputs), ids: inputs.ids, target: inputs.target});
    if (!form.contains(document.activeElement) || document.activeElement === reset) fill();
    render();
    root.dispatchEvent(new CustomEvent("recomputed"));
  }

  function choose(name, step) {
    const value = values.get(name);
    chosen = {name, step: value.place === "output" ? STEPS : Math.min(Math.max(step, 1), STEPS)};
    render();
    try {
      history.replaceState(null, "", `#${value.id}`);
    } catch {
      // A page opened from a file may not change its address; everything else works.
    }
  }

  function move(by) {
    const here = walk.findIndex(({name, step}) => name === chosen.name && step === chosen.step);
    // What is handed in is not in the walk: go on from the first value of its step.
    const from = here < 0 ? walk.findIndex(({name, step}) =>
      step === chosen.step && values.get(name).direction === values.get(chosen.name).direction) : here + by;
    const next = walk[Math.min(Math.max(from, 0), walk.length - 1)];
    choose(next.name, next.step);
  }

  // A link from a chapter names a value: choose it, and show the pictures above its entry.
  function fromAddress() {
    const found = data.values.find(({id}) => `#${id}` === location.hash);
    if (!found) return;
    choose(found.name, found.direction === "forward" ? 1 : STEPS);
    root.scrollIntoView();
    // The browser goes to the entry itself once the page is loaded.
    if (document.readyState !== "complete") addEventListener("load", () => setTimeout(() => root.scrollIntoView()), {once: true});
  }

  // --- The drawings ---
  const drawing = (name) => document.getElementById(`fig-explorer-${name}`);
  const drawings = Object.fromEntries(["forward", "backward"].map((direction) =>
    [direction, {cell: drawing(direction), unrolled: drawing(`unrolled-${direction}`)}]));

  function light(figureOf, parts, node) {
    for (const part of figureOf.querySelectorAll("[data-needs]")) {
      const needs = part.dataset.needs.split(" ").filter(Boolean);
      const lit = needs.length > 0 && needs.every((name) => parts.has(name));
      part.classList.toggle("d-lit", lit);
      part.classList.toggle("d-dim", !lit);
      part.classList.toggle("xp-selected", part.dataset.needs === node && part.matches(".d-node"));
    }
  }

  function renumber(figureOf, step) {
    for (const text of figureOf.querySelectorAll("[data-number]")) {
      const [name, fixed] = text.dataset.number.split("@");
      const array = valueOf(result, values.get(name), Number(fixed ?? step));
      text.textContent = figure(array.data[0], text.closest(".drawing-narrow") ? 3 : 4);
    }
  }

  // What the walk has reached of the unrolled sequence.
  function reached({direction, place, name}, step) {
    const parts = new Set();
    const add = (...kinds) => (t) => kinds.forEach((kind) => parts.add(`${kind}_${t}`));
    if (place === "output") {
      add("output", "loss")(STEPS);
      if (direction === "forward" || name === "d_h_ext" || name === "d_W_y") parts.add(`h_${STEPS}`);
    } else if (direction === "forward") {
      every.filter((t) => t <= step).forEach(add("x", "cell", "h", "c"));
      ["h_0", "c_0"].forEach((part) => parts.add(part));
    } else {
      every.filter((t) => t >= step).forEach(add("x", "cell", "h", "c", "output", "loss"));
      parts.delete(`c_${STEPS}`);
    }
    return parts;
  }

  function render() {
    const value = values.get(chosen.name);
    for (const [direction, {cell, unrolled}] of Object.entries(drawings)) {
      cell.hidden = unrolled.hidden = direction !== value.direction;
      light(cell, new Set(value.parts), value.node);
      light(unrolled, reached(value, chosen.step), value.place === "output" ? "" : `cell_${chosen.step}`);
      renumber(cell, chosen.step);
      renumber(unrolled, chosen.step);
      for (const word of unrolled.querySelectorAll("[data-word]")) {
        word.textContent = data.words[inputs.ids[word.dataset.word - 1]];
      }
      unrolled.querySelectorAll("[data-target]").forEach((word) => {
        word.textContent = `target: ${data.words[inputs.target]}`;
      });
    }
    const once = value.place === "output";
    for (const {id, name} of data.values) {
      document.getElementById(id).classList.toggle("xp-chosen", name === chosen.name);
    }
    const numbers = document.querySelectorAll(`#${value.id} .xp-numbers`);
    const arrays = (once ? [STEPS] : every).map((t) => valueOf(result, value, t));
    const labels = once ? ["once"] : every;
    numbers[0].replaceWith(...show(value, arrays, labels, once ? "once" : chosen.step));
    [...numbers].slice(1).forEach((old) => old.remove());
    list.value = chosen.name;
    steps.forEach((one, k) => {
      one.setAttribute("aria-pressed", String(k + 1 === chosen.step));
      one.disabled = once;
    });
    const here = walk.findIndex(({name, step}) => name === chosen.name && step === chosen.step);
    const loss = figure(result.output.loss.data[0]);
    const position = here < 0 ? "handed in" : `${here + 1} of ${walk.length}`;
    root.dispatchEvent(new CustomEvent("chosen", {detail: value}));
    where.textContent = `${value.words}, ${value.direction}${once ? "" : `, step ${chosen.step}`} · ${position} · loss ${loss}`;
  }

  // --- Ways to choose ---
  function pick(event) {
    const part = event.target.closest("[data-needs]");
    if (!part) return;
    const {direction} = values.get(chosen.name);
    const found = values.get(part.dataset.name)
      ?? data.values.find((value) => value.direction === direction && value.node === part.dataset.needs);
    if (found) choose(found.name, chosen.step);
  }

  function pickStep(event) {
    const step = Number(event.target.closest("[data-needs]")?.dataset.needs.split("_")[1]);
    if (!(step >= 1)) return;
    const current = values.get(chosen.name);
    choose(current.place === "output" ? (current.direction === "forward" ? "h" : "d_h") : chosen.name, step);
  }

  function follow(event) {
    const link = event.target.closest("a[href^='#explore-']");
    if (!link) return;
    event.preventDefault();
    const target = data.values.find(({id}) => `#${id}` === link.getAttribute("href"));
    const current = values.get(chosen.name);
    const back = current.place === "carried" && current.sources.includes(target.name);
    choose(target.name, chosen.step + (back ? (current.direction === "forward" ? -1 : 1) : 0));
    const heading = document.querySelector(`#${target.id} .xp-heading`);
    heading.tabIndex = -1;
    heading.focus({preventScroll: true});
  }

  const stage = element("div", {className: "xp-stage"});
  for (const [direction, {cell, unrolled}] of Object.entries(drawings)) {
    stage.append(unrolled, cell);
    cell.addEventListener("click", pick);
    unrolled.addEventListener("click", pickStep);
    cell.dataset.direction = direction;
  }
  root.prepend(form, fault, bar, stage);
  root.classList.add("xp-live");
  form.addEventListener("input", read);
  form.addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("change", () => choose(list.value, chosen.step));
  root.addEventListener("click", follow);
  root.addEventListener("keydown", (event) => {
    if (event.target.closest("select, input, .xp-numbers, pre") || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!by) return;
    event.preventDefault();
    if (event.shiftKey) choose(chosen.name, chosen.step + by);
    else move(by);
  });
  addEventListener("hashchange", fromAddress);
  fill();
  change(inputs);
  fromAddress();
})();
