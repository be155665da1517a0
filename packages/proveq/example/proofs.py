"""What is proved, and the numbers on which the pages' equations are evaluated."""

from least_squares import fit, fit_backward
from proveq import ComplexStep, Exact, Model, Scope, Subject, Subjects, instrumented

__all__ = ["SCOPES", "prove"]

N, D = 4, 2

SUBJECTS = Subjects(
    {
        "fit": Subject(
            fit,
            fit_backward,
            {"X": (N, D), "y": (N, 1)},
            {},
            call=lambda fn, v: fn(v["X"], v["y"]),
            outputs=lambda fitted: {"w": fitted.w},
            call_backward=lambda fn, up, fitted, v: fn(up["w"], fitted),
            results=lambda gradients: {"d_X": gradients[0], "d_y": gradients[1]},
        )
    }
)
#: Checks a backward function of the table: `prove(fit_backward, {"d_A": "eq:..."}, rng)`.
prove = SUBJECTS.prove


class LeastSquares(Model):
    """A fit on drawn numbers, and a loss that reads its weights."""

    sizes = {"N": N, "D": D}

    def inputs(self, numbers):
        return {name: numbers.draw(shape) for name, shape in (("X", (N, D)), ("y", (N, 1)), ("upstream", (D, 1)))}

    def run(self, v, probe, numbers):
        # The function's own source: every value that it assigns to a name is a value of the page.
        watched = instrumented(fit, lambda name, value: probe(f"{name}_fit" if name == "loss" else name, value))
        fitted = watched(v["X"], v["y"])
        probe("loss", (v["upstream"] * fitted.w).sum())


SCOPES = {"least-squares": lambda: [Scope("a fit", numbers(), LeastSquares()) for numbers in (Exact, ComplexStep)]}
