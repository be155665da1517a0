"use strict";
// Where the gradient goes: the norm of every gradient at every step, as bars, for a sequence of the reader's length.
(() => {
  const {n, element, figure, compute, valueOf, data} = lstmExplorer;
  const root = document.getElementById("explorer");
  const place = document.getElementById("fig-explorer-norms");
  if (!place) return;
  const LONGEST = 60;
  const DECADES = 8; // below the largest: what is smaller has no bar on the logarithmic scale
  const gradients = data.values.filter((value) => value.direction === "backward" && value.place === "cell");
  const HEIGHT = 34;

  const length = element("input", {type: "number", min: 1, max: LONGEST, step: 1, value: data.window.ids.length});
  const scale = element("select", {}, element("option", {value: "linear"}, "linear"),
    element("option", {value: "logarithmic"}, "logarithmic"));
  const fault = element("p", {className: "xp-fault", role: "alert"});
  const form = element("form", {className: "xp-inputs", "aria-label": "Sequence"},
    element("label", {}, "Steps", length), element("label", {}, "Scale", scale));
  const chart = element("div", {className: "xp-norms"});

  // The reader's words, and before them the text that leads up to the running example's window, over and over.
  function ids(count, last) {
    const {text, window: {start}} = data;
    const before = Math.max(count - last.length, 0);
    const lead = Array.from({length: before}, (_, k) => {
      const from = start - before + k;
      return text[((from % text.length) + text.length) % text.length];
    });
    return [...lead, ...last.slice(-count)];
  }

  function bars(value, norms, most, height) {
    const wide = 100 / norms.length;
    const shapes = norms.map((norm, k) => {
      const tall = HEIGHT * height(norm, most);
      const words = `<title>step ${k + 1}: ${figure(norm)}</title>`;
      return `<rect x="${k * wide}" y="${HEIGHT - tall}" width="${wide * 0.86}" height="${tall}">${words}</rect>`;
    });
    const text = norms.map((norm, k) => `step ${k + 1}: ${figure(norm, 3)}`).join(", ");
    const box = `viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none"`;
    return `<svg ${box} role="img" aria-label="Norms, ${value.words}. ${text}">${shapes.join("")}</svg>`;
  }

  function draw() {
    if (!length.checkValidity() || !length.value) {
      fault.textContent = `Steps: expected a whole number from 1 to ${LONGEST}, got “${length.value}”.`;
      return;
    }
    fault.textContent = "";
    const inputs = lstmExplorer.inputs();
    const count = length.valueAsNumber;
    const sequence = ids(count, inputs.ids);
    const result = compute({...lstmExplorer.parametersOf(inputs), ids: sequence, target: inputs.target});
    const norms = gradients.map((value) => sequence.map((_, t) => n.norm(valueOf(result, value, t + 1))));
    const most = Math.max(...norms.flat());
    const height = {
      linear: (norm, top) => (top ? norm / top : 0),
      logarithmic: (norm, top) => (norm ? Math.max(0, 1 + Math.log10(norm / top) / DECADES) : 0),
    }[scale.value];
    const rows = gradients.map((value, k) => {
      const gate = /_([figo])$/.exec(value.name)?.[1];
      const row = element("div", {className: `xp-norm-row${gate ? ` xp-gate-${gate}` : ""}`});
      row.innerHTML = `<a href="#${value.id}" aria-label="${value.words}">${value.label}</a>${bars(value, norms[k], most, height)}`
        + `<span class="xp-ends">${figure(norms[k][0], 3)} … ${figure(norms[k].at(-1), 3)}</span>`;
      return row;
    });
    const feet = element("p", {className: "xp-axis"},
      `Step 1 to ${count}, left to right. The highest bar is ${figure(most)}; `
      + (scale.value === "linear" ? "all rows share one scale." : `all rows share one scale of ${DECADES} decades.`));
    chart.replaceChildren(...rows, feet);
    lstmExplorer.norms = Object.fromEntries(gradients.map(({name}, k) => [name, norms[k]]));
  }

  place.hidden = true;
  place.after(element("div", {id: "explorer-bars"}, form, fault, chart));
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("recomputed", draw);
  draw();
})();
