"""The forward passes of the variations once more, for JAX: peepholes and the GRU. `gradients` says what `at` is."""

from lstmderiv.verify.automatic.sequence import over_time, unmoved

__all__ = ["gru", "gru_cell", "peephole_lstm", "peephole_lstm_cell"]


def _peephole_cell(x, h, c, W, b, peepholes, forget_bias, at):
    import jax
    import jax.numpy as jnp

    x, h, c = at("x", x), at("h_prev", h), at("c_prev", c)
    z = at("z", jnp.hstack([x, h]))
    blocks = zip("figo", jnp.split(W, 4), jnp.split(b, 4))
    a_f, a_i, a_g, a_o = (z @ at(f"W_{gate}", rows).T + at(f"b_{gate}", entries) for gate, rows, entries in blocks)
    p_f, p_i, p_o = (at(f"p_{gate}", p) for gate, p in zip("fio", peepholes))
    f = at("f", jax.nn.sigmoid(at("a_f", a_f + forget_bias + p_f * c)))
    i = at("i", jax.nn.sigmoid(at("a_i", a_i + p_i * c)))
    g = at("g", jnp.tanh(at("a_g", a_g)))
    c = at("c", f * c + i * g)
    o = at("o", jax.nn.sigmoid(at("a_o", a_o + p_o * c)))
    return at("h", o * at("tanh_c", jnp.tanh(c))), c


def peephole_lstm_cell(v, at):
    arguments = (at("W", v["W"]), at("b", v["b"]), [v["p_f"], v["p_i"], v["p_o"]], v["forget_bias"], at)
    h, c = _peephole_cell(v["x"], v["h_prev"], v["c_prev"], *arguments)
    return {"h": h, "c": c}


def peephole_lstm(v, at):
    W, b, *peepholes = (at(name, v[name]) for name in ("W", "b", "p_f", "p_i", "p_o"))
    states = [at("h0", v["h0"]), at("c0", v["c0"])]

    def cell(x, h, c):
        return _peephole_cell(x, h, c, W, b, peepholes, v["forget_bias"], unmoved)

    h, (h_last, c_last) = over_time(cell, at("x", v["x"]), states, v, v.get("reverse"))
    return {"h": h, "h_last": h_last, "c_last": c_last}


def _cell(x, h, W, b, b_gh, reset, at):
    import jax
    import jax.numpy as jnp

    H, D = h.shape[1], x.shape[1]
    x, h = at("x", x), at("h_prev", h)
    W_r, W_u, W_g = (at(f"W_{gate}", W[k * H : (k + 1) * H]) for k, gate in enumerate("rug"))
    b_r, b_u, b_g = (at(f"b_{gate}", b[k * H : (k + 1) * H]) for k, gate in enumerate("rug"))
    z = at("z", jnp.hstack([x, h]))
    r = at("r", jax.nn.sigmoid(at("a_r", z @ W_r.T + b_r)))
    u = at("u", jax.nn.sigmoid(at("a_u", z @ W_u.T + b_u)))
    if reset == "before":
        a_g = at("z_g", jnp.hstack([x, at("s", r * h)])) @ W_g.T + b_g
    else:
        v = at("v", h @ at("W_gh", W_g[:, D:]).T + at("b_gh", b_gh))
        a_g = x @ at("W_gx", W_g[:, :D]).T + b_g + r * v
    g = at("g", jnp.tanh(at("a_g", a_g)))
    return at("h", g + u * (h - g))


def gru_cell(v, at):
    return {"h": _cell(v["x"], v["h_prev"], at("W", v["W"]), at("b", v["b"]), v.get("b_gh"), v["reset"], at)}


def gru(v, at):
    W, b = at("W", v["W"]), at("b", v["b"])
    b_gh = None if v["reset"] == "before" else at("b_gh", v["b_gh"])

    def cell(x, h):
        return (_cell(x, h, W, b, b_gh, v["reset"], unmoved),)

    h, (h_last,) = over_time(cell, at("x", v["x"]), [at("h0", v["h0"])], v, v.get("reverse"))
    return {"h": h, "h_last": h_last}
