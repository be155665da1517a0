"""Two kinds of numbers, and two computations on them, against which the evaluator of equations is tested."""

import random
from fractions import Fraction

import numpy as np

SYMBOLS = r"""
[_groups]
all = "All"
[_indices]
letters = ["i", "j", "k", "m"]
[_functions]
tanh = "\\tanh"
[logits]
tex = "\\ell"
indexed = true
[p]
tex = "p"
indexed = true
[p_hat]
tex = "\\hat{p}"
indexed = true
[y]
tex = "y"
indexed = true
[E]
tex = "E"
shape = "(B,)"
[d_logits]
tex = "\\delta \\ell"
indexed = true
[d_p]
tex = "\\delta p"
indexed = true
[argument]
tex = "x"
[x]
tex = "x_t"
[u]
tex = "u"
[z]
tex = "z_t"
[h]
tex = "h_t"
[h_prev]
tex = "h_{t-1}"
[a_o]
tex = "a_{o,t}"
[o]
tex = "o_t"
[c]
tex = "c_t"
[tanh_c]
function = "tanh"
of = "c"
[h_layer]
tex = "h_t^{(2)}"
[a_o_layer]
tex = "a_{o,t}^{[2]}"
[W_o]
tex = "W_o"
[b_o]
tex = "b_o"
[W_i]
tex = "W_i"
[d_a_o]
tex = "\\delta a_{o,t}"
[d_W_o]
tex = "\\delta W_o"
[d_b_o]
tex = "\\delta b_o"
[d_h]
tex = "\\delta h_t"
[d_h_prev]
tex = "\\delta h_{t-1}"
[d_c]
tex = "\\delta c_t"
[d_c_next]
tex = "\\delta c_{\\mathrm{next}}"
[d_z]
tex = "\\delta z_t"
[d_x]
tex = "\\delta x_t"
"""


def write_symbols(path):
    """The table above, with what every symbol needs filled in."""
    text = SYMBOLS
    for line in SYMBOLS.splitlines():
        if line.startswith("[") and not line.startswith("[_"):
            extra = [line, 'meaning = "?"', 'group = "all"']
            table = SYMBOLS.split(line + "\n", 1)[1].split("\n[", 1)[0]
            extra += [] if "shape" in table else ['shape = "as the scope has it"']
            text = text.replace(line + "\n", "\n".join(extra) + "\n")
    path.write_text(text, encoding="utf-8")
    return path


class Dual:
    """a + b ε over fractions, ε² = 0."""

    def __init__(self, a, b=Fraction(0)):
        self.a, self.b = a, b

    @staticmethod
    def of(x):
        if isinstance(x, float):
            raise TypeError("a float among exact numbers")
        return x if isinstance(x, Dual) else Dual(Fraction(x))

    def __add__(self, other):
        other = Dual.of(other)
        return Dual(self.a + other.a, self.b + other.b)

    def __mul__(self, other):
        other = Dual.of(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return Dual(-self.a, -self.b)

    def __sub__(self, other):
        return self + -Dual.of(other)

    def __rsub__(self, other):
        return Dual.of(other) + -self

    def __truediv__(self, other):
        other = Dual.of(other)
        return self * Dual(1 / other.a, -other.b / other.a**2)

    def __rtruediv__(self, other):
        return Dual.of(other) / self

    def __pow__(self, n):
        return Dual(self.a**n, n * self.a ** (n - 1) * self.b)


class Exact:
    """Fractions. The functions are free: a random fraction for each argument, known by their derivative rules only."""

    oracle, tolerance = "exact", 0
    rules = {
        "exp": lambda x, f: f,
        "log": lambda x, f: 1 / x,
        "tanh": lambda x, f: 1 - f**2,
        "sigma": lambda x, f: f * (1 - f),
    }

    def __init__(self):
        self.random = random.Random(7)

    def draw(self, shape):
        values = np.empty(shape, dtype=object)
        for place in np.ndindex(values.shape):
            values[place] = Fraction(self.random.randint(1, 30), self.random.randint(31, 40))
        return values

    def moved(self, value, place):
        value = np.array(value, dtype=object)
        value[place] = value[place] + Dual(Fraction(0), Fraction(1))
        return value if value.ndim else value[()]

    def slope(self, result):
        return np.frompyfunc(lambda x: x.b if isinstance(x, Dual) else Fraction(0), 1, 1)(result)

    def function(self, name):
        rule = self.rules[name]

        def apply(x):
            a = x.a if isinstance(x, Dual) else Fraction(x)
            source = random.Random(f"{name}{a}")
            value = Fraction(source.randint(1, 50), source.randint(51, 99))
            return Dual(value, rule(a, value) * x.b) if isinstance(x, Dual) else value

        return apply

    def over(self, name, array):
        return np.frompyfunc(self.function(name), 1, 1)(array)


class ComplexStep:
    """float64 and complex128."""

    oracle, tolerance = "complex step", 1e-12
    step = 1e-30

    def __init__(self):
        self.random = np.random.default_rng(7)

    def draw(self, shape):
        return self.random.uniform(0.2, 0.9, size=shape)

    def moved(self, value, place):
        value = np.array(value, dtype=complex)
        value[place] += 1j * self.step
        return value

    def slope(self, result):
        return np.imag(result) / self.step

    def function(self, name):
        table = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigma": lambda x: (1 + np.tanh(x / 2)) / 2}
        return table[name]

    def over(self, name, array):
        return self.function(name)(array)


class Scope:
    """One computation: ``model(inputs, note, over)`` names each value by ``note(name, value, step)``."""

    def __init__(self, name, numbers, model, sizes, shapes, t=None):
        self.name, self.numbers, self.model, self.sizes, self.t = name, numbers, model, sizes, t
        self.oracle, self.tolerance = numbers.oracle, numbers.tolerance
        self.inputs = {key: numbers.draw(shape) for key, shape in shapes.items()}
        self.values = self._run()

    def _run(self, moved=None, place=None):
        values = {}

        def note(name, value, step=None):
            values[name, step] = self.numbers.moved(value, place) if (name, step) == moved else value
            return values[name, step]

        inputs = {name: note(name, value) for name, value in self.inputs.items()}
        self.model(inputs, note, self.numbers.over, self.sizes)
        return values

    def _key(self, values, name, step):
        return (name, None) if (name, None) in values else (name, self.t if step is None else step)

    def value(self, name, step=None):
        key = self._key(self.values, name, step)
        if key in self.values or not name.startswith("d_"):
            return self.values[key]
        return self.derivative(lambda lookup: np.asarray(lookup("E")), name[2:], step=step)

    def derivative(self, evaluate, by, index=None, step=None):
        key = self._key(self.values, by, step)
        shape = np.shape(self.values[key])
        found = []
        for place in [index] if index is not None else np.ndindex(shape):
            values = self._run(key, place)

            def lookup(name, at=None, values=values):
                return values[self._key(values, name, at)]

            found.append(self.numbers.slope(evaluate(lookup)))
        return found[0] if index is not None else np.array(found).reshape(shape + np.shape(found[0]))

    def function(self, name):
        return self.numbers.function(name)


def softmax(v, note, over, sizes):
    """Softmax and cross-entropy of one example; y sums to one."""
    exponentials = over("exp", v["logits"])
    p = note("p", exponentials / exponentials.sum())
    note("p_hat", p)
    y = note("y", v["y_raw"] / v["y_raw"].sum())
    note("E", -(y * over("log", p)).sum())


def cell(v, note, over, sizes):
    """A cell with one gate over T steps; the loss reads every h, and the last c."""
    h, c, loss = v["h_start"], v["c_start"], 0
    for t in range(1, sizes["T"] + 1):
        h = note("h_prev", h, t)
        x = note("x", v["inputs"][t - 1], t)
        z = note("z", np.concatenate([x, h], axis=-1), t)
        a = note("a_o", z @ v["W_o"].T + v["b_o"], t)
        note("a_o_layer", 2 * a, t)
        o = note("o", over("sigma", a), t)
        c = note("c", c * v["keep"][t - 1] + v["add"][t - 1], t)
        h = note("h", o * over("tanh", c), t)
        # By its own name, the path to the next step has a gradient of its own.
        c = note("c_next", c, t)
        loss = loss + (v["G"][t - 1] * h).sum()
    note("E", loss + (v["G_c"] * c).sum())
