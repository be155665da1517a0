"use strict";
// The walk through the network: which function of the package is called after which. Every line of arithmetic is one of
// theirs (arithmetic.js); here values are only handed on.
lstmExplorer.compute = ({ids, target, W, b, outputW, outputB, forgetBias}) => {
  const {n, functions: f, data} = lstmExplorer;
  const [stacked, biases, W_y, b_y] = [W, b, outputW, outputB].map(n.from);
  const [H, N] = [biases.shape[0] / 4, b_y.shape[0]];
  const parameters = {input_size: stacked.shape[1] - H};
  for (const [gate, block] of Object.entries(data.blocks)) {
    parameters[`W_${gate}`] = n.index(stacked, [[block * H, (block + 1) * H]]);
    parameters[`b_${gate}`] = n.index(biases, [[block * H, (block + 1) * H]]);
  }
  const zero = n.full([1, H], 0);

  // Forward, step by step.
  const traces = [];
  let [h, c] = [zero, zero];
  for (const id of ids) {
    const x = f.one_hot({labels: n.from([id]), size: N}).result;
    const trace = f.lstm_cell_step({x, h_prev: h, c_prev: c, w: parameters, forget_bias: forgetBias});
    traces.push(trace);
    ({h, c} = trace);
  }

  // The output layer behind the last step, and back through it.
  const labels = n.from([target]);
  const logits = f.dense({x: h, W: W_y, b: b_y}).result;
  const {loss} = f.cross_entropy({logits, labels});
  const {d_logits} = f.cross_entropy_backward({logits, labels});
  const layer = f.dense_backward({d_y: d_logits, x: h, W: W_y});
  const output = {logits, p: f.softmax({logits}).p, loss, d_logits, d_W_y: layer.d_W, d_b_y: layer.d_b, d_h_ext: layer.d_x};

  // Backward, the last step first.
  const steps = [];
  let [d_h_next, d_c_next] = [zero, zero];
  for (let t = ids.length - 1; t >= 0; t -= 1) {
    const d_h_ext = t === ids.length - 1 ? layer.d_x : zero;
    const d_h = f.d_h_t({d_h_ext, d_h_next}).d_h_t;
    const back = f.lstm_cell_step_backward({...traces[t], d_h, d_c_next});
    steps.unshift({...back, d_h_ext, d_h_next});
    [d_h_next, d_c_next] = [back.d_h_prev, back.d_c_prev];
  }
  return {steps, output, parameters};
};

// A value at a step, counted from 1; what arises once is the same at every step.
lstmExplorer.valueOf = ({steps, output}, {name, place}, t) => (place === "output" ? output[name] : steps[t - 1][name]);
