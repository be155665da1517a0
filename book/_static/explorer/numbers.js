"use strict";
// Numbers as the book prints them, and arrays as tables of shaded numbers.
(() => {
  const {n} = lstmExplorer;

  // As `figure` in book/_figures/drawing.py.
  function figure(value, digits = 4) {
    if (value === Math.round(value) && Math.abs(value) < 1e4) return String(Math.round(value) + 0).replace("-", "−");
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = Number(exponent);
    const text = Math.abs(power) <= 3 ? value.toFixed(Math.max(digits - 1 - power, 0)) : `${mantissa}e${power}`;
    return text.replaceAll("-", "−");
  }

  // As `shade` in book/_figures/heat.py.
  function shade(value, largest) {
    if (!value || !largest) return "d-s0";
    const level = Math.max(1, Math.min(4, Math.ceil((4 * Math.abs(value)) / largest - 1e-9)));
    return `d-s${value > 0 ? level : -level}`;
  }

  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes("-") || name === "role" || name === "scope") made.setAttribute(name, value);
      else made[name] = value;
    }
    made.append(...children);
    return made;
  }

  const largest = (arrays) => arrays.reduce((most, {data}) => data.reduce((max, v) => Math.max(max, Math.abs(v)), most), 0);
  const cell = (value, scale) => element("td", {className: shade(value, scale)}, figure(value, 3));
  const head = (text) => element("th", {scope: "row"}, text);

  // One row for each array, all on one scale, each with its norm as a number and as a bar.
  function rows(arrays, labels, current) {
    const [scale, most] = [largest(arrays), Math.max(...arrays.map(n.norm))];
    return arrays.map((array, k) => {
      const norm = n.norm(array);
      const bar = element("span", {className: "xp-bar"});
      bar.style.inlineSize = `${most ? (100 * norm) / most : 0}%`;
      const cells = array.data.length <= 15 ? [...array.data].map((value) => cell(value, scale)) : [];
      const size = element("td", {className: "xp-norm"}, figure(norm), element("span", {className: "xp-track"}, bar));
      return element("tr", {className: labels[k] === current ? "xp-current" : ""}, head(labels[k]), ...cells, size);
    });
  }

  function table(label, ...body) {
    const grid = element("table", {className: "xp-grid"}, ...body);
    return element("div", {className: "xp-numbers", tabIndex: 0, role: "region", "aria-label": label}, grid);
  }

  function headings(width) {
    const numbers = Array.from({length: width}, (_, k) => element("th", {scope: "col"}, String(k + 1)));
    const norm = element("th", {scope: "col"}, "norm");
    return element("thead", {}, element("tr", {}, element("th", {scope: "col"}, "step"), ...numbers, norm));
  }

  // All steps of a value; of a matrix its entries at one step below them.
  function show(value, arrays, labels, current) {
    const wide = arrays[0].data.length <= 15;
    const body = element("tbody", {}, ...rows(arrays, labels, current));
    const parts = [table(`Numbers of ${value.words}`, headings(wide ? arrays[0].data.length : 0), body)];
    if (!wide) {
      const matrix = arrays[Math.max(labels.indexOf(current), 0)];
      const lines = n.nested(matrix).map((line) => element("tr", {}, ...line.map((number) => cell(number, largest([matrix])))));
      parts.push(table(`Entries of ${value.words}`, element("tbody", {}, ...lines)));
    }
    return parts;
  }

  Object.assign(lstmExplorer, {figure, element, show});
})();
