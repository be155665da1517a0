"use strict";
// The operations of NumPy that the generated arithmetic calls, by their NumPy names, on arrays {shape, data} of float64
// in row-major order. Shapes broadcast as NumPy's do; what does not fit is an error, never a NaN.
const lstmExplorer = {};

lstmExplorer.n = (() => {
  const count = (shape) => shape.reduce((product, size) => product * size, 1);
  const array = (shape, data) => ({shape, data});
  const wrap = (value) => (typeof value === "number" ? array([], Float64Array.of(value)) : value);

  // Nested lists to an array, and back.
  function from(nested) {
    const shape = [];
    for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
    const data = Float64Array.from([nested].flat(Infinity));
    if (data.length !== count(shape)) throw new Error("the lists are not of one length");
    return array(shape, data);
  }

  function nested({shape, data}) {
    if (!shape.length) return data[0];
    const step = count(shape.slice(1));
    return Array.from({length: shape[0]}, (_, i) => nested(array(shape.slice(1), data.slice(i * step, (i + 1) * step))));
  }

  const full = (shape, value) => array(shape, new Float64Array(count(shape)).fill(value));
  const map = (f) => (x) => array(wrap(x).shape, wrap(x).data.map(f));

  // How far each step along an axis of `target` goes in the data of `shape`: nowhere where the axis is repeated.
  function strides(shape, target) {
    const out = new Array(target.length).fill(0);
    for (let k = shape.length - 1, step = 1; k >= 0; step *= shape[k], k -= 1) {
      if (shape[k] !== 1) out[target.length - shape.length + k] = step;
    }
    return out;
  }

  function broadcast(a, b) {
    const length = Math.max(a.length, b.length);
    return Array.from({length}, (_, k) => {
      const [p, q] = [a.at(k - length) ?? 1, b.at(k - length) ?? 1];
      if (p !== q && p !== 1 && q !== 1) throw new Error(`shapes (${a}) and (${b}) do not fit`);
      return p === 1 ? q : p;
    });
  }

  const binary = (f) => (left, right) => {
    const [a, b] = [wrap(left), wrap(right)];
    const shape = broadcast(a.shape, b.shape);
    const [p, q] = [strides(a.shape, shape), strides(b.shape, shape)];
    const out = full(shape, 0);
    for (let flat = 0; flat < out.data.length; flat += 1) {
      let [rest, i, j] = [flat, 0, 0];
      for (let k = shape.length - 1; k >= 0; k -= 1) {
        const at = rest % shape[k];
        rest = (rest - at) / shape[k];
        i += at * p[k];
        j += at * q[k];
      }
      out.data[flat] = f(a.data[i], b.data[j]);
    }
    return out;
  };

  function matmul(a, b) {
    const [rows, inner] = a.shape;
    const columns = b.shape[1];
    if (a.shape.length !== 2 || b.shape.length !== 2 || b.shape[0] !== inner) {
      throw new Error(`shapes (${a.shape}) and (${b.shape}) make no product`);
    }
    const out = full([rows, columns], 0);
    for (let i = 0; i < rows; i += 1) {
      for (let j = 0; j < columns; j += 1) {
        let sum = 0;
        for (let k = 0; k < inner; k += 1) sum += a.data[i * inner + k] * b.data[k * columns + j];
        out.data[i * columns + j] = sum;
      }
    }
    return out;
  }

  function transpose(a) {
    if (a.shape.length < 2) return a;
    const [rows, columns] = a.shape;
    return array([columns, rows], a.data.map((_, k) => a.data[(k % rows) * columns + Math.floor(k / rows)]));
  }

  const reduce = (f, start) => (a, {axis, keepdims = false}) => {
    const at = axis < 0 ? a.shape.length + axis : axis;
    const [before, along, after] = [count(a.shape.slice(0, at)), a.shape[at], count(a.shape.slice(at + 1))];
    const out = full([...a.shape.slice(0, at), ...(keepdims ? [1] : []), ...a.shape.slice(at + 1)], start);
    for (let i = 0; i < before; i += 1) {
      for (let k = 0; k < along; k += 1) {
        for (let j = 0; j < after; j += 1) {
          out.data[i * after + j] = f(out.data[i * after + j], a.data[(i * along + k) * after + j]);
        }
      }
    }
    return out;
  };

  function concatenate(arrays, {axis}) {
    const at = axis < 0 ? arrays[0].shape.length + axis : axis;
    const before = count(arrays[0].shape.slice(0, at));
    const data = [];
    for (let i = 0; i < before; i += 1) {
      for (const {data: part} of arrays) data.push(...part.slice((i * part.length) / before, ((i + 1) * part.length) / before));
    }
    const along = arrays.reduce((sum, {shape}) => sum + shape[at], 0);
    return array(arrays[0].shape.map((size, k) => (k === at ? along : size)), Float64Array.from(data));
  }

  // Parts: "...", null for a new axis, a number, or [start, stop].
  function index(a, parts) {
    const used = parts.filter((part) => part !== null && part !== "...").length;
    const rest = Array.from({length: a.shape.length - used}, () => [null, null]);
    const every = parts.includes("...") ? parts.flatMap((part) => (part === "..." ? rest : [part])) : [...parts, ...rest];
    let [data, done, axis] = [a, [], 0];
    for (const part of every) {
      if (part === null) {
        done.push(1);
        continue;
      }
      const size = a.shape[axis];
      const [start, stop] = Array.isArray(part) ? [part[0] ?? 0, part[1] ?? size] : [part, part + 1];
      data = slice(data, axis, start, stop);
      if (Array.isArray(part)) done.push(stop - start);
      axis += 1;
    }
    return array(done, data.data);
  }

  function slice(a, axis, start, stop) {
    const inner = count(a.shape.slice(axis + 1));
    const size = a.shape[axis];
    const keep = (k) => Math.floor(k / inner) % size >= start && Math.floor(k / inner) % size < stop;
    return array(a.shape.map((old, k) => (k === axis ? stop - start : old)), a.data.filter((_, k) => keep(k)));
  }

  function take_along_axis(a, indices) {
    const [size, taken] = [a.shape.at(-1), indices.shape.at(-1)];
    return array(indices.shape, indices.data.map((at, k) => a.data[Math.floor(k / taken) * size + at]));
  }

  return {
    from, nested, full, matmul, transpose, concatenate, index, take_along_axis,
    add: binary((a, b) => a + b),
    subtract: binary((a, b) => a - b),
    multiply: binary((a, b) => a * b),
    divide: binary((a, b) => a / b),
    equal: binary((a, b) => Number(a === b)),
    negative: map((a) => -a),
    exp: map(Math.exp),
    log: map(Math.log),
    tanh: map(Math.tanh),
    sum: reduce((a, b) => a + b, 0),
    max: reduce(Math.max, -Infinity),
    prod: (shape) => count(shape),
    reshape: (a, shape) => array(shape, a.data),
    arange: (size) => from(Array.from({length: size}, (_, k) => k)),
    norm: (a) => Math.hypot(...a.data),
  };
})();
