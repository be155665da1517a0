"""The two activations, through the exponential."""

from proveq import Model

from .rows import computed, proved

__all__ = ["SCOPES", "Activations"]


class Activations(Model):
    """s = sigmoid(a) and u = tanh(v), both through the exponential; any loss behind them."""

    chapter = "activations"

    sizes = {"H": 3}

    def inputs(self, numbers):
        return {
            name: numbers.draw((self.sizes["H"],))
            for name in ("sigmoid_argument", "tanh_argument", "upstream_s", "upstream_u")
        }

    def run(self, v, probe, numbers):
        s = probe("sigmoid_value", self.sigma(numbers)(v["sigmoid_argument"]))
        u = probe("tanh_value", self.tanh(numbers)(v["tanh_argument"]))
        probe("loss", (v["upstream_s"] * s + v["upstream_u"] * u).sum())

    def sigma(self, numbers):
        exp = numbers.function("exp")
        return lambda x: 1 / (1 + exp(-x))

    def tanh(self, numbers):
        exp = numbers.function("exp")
        return lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x))


SCOPES = {
    "activations": lambda: proved("activations", Activations()),
    "activations-functions": lambda: computed("activations", Activations()),
}
