"""A foreign oracle: JAX's automatic differentiation of a forward pass that is written once more for it.

Every intermediate `name` is shifted by `shift[name]` where it is given; the gradient with respect to the shift at
zero is the gradient of the loss with respect to `name`. Needs the package `jax`, which nothing else here does.
"""

import numpy as np

__all__ = ["COMPILER", "jax_gradients"]

#: What is compiled runs once: the time goes into compiling, most of it into making the program fast, into cutting it
#: into parts that are compiled beside one another, and into the newer writer of fused loops, slower than the older one.
COMPILER = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}


def jax_gradients(program, arguments, upstream, names):
    """Gradients of sum(upstream * outputs) with respect to named intermediates, by JAX in float64.

    Parameters
    ----------
    program : callable
        program(arguments, at) -> dict of outputs, written in `jax.numpy`. It passes every argument and intermediate
        that has a name through `at(name, value)`, and goes on with what that returns.
    arguments : dict
        Arrays by name.
    upstream : dict
        Gradient of the loss with respect to each output.
    names : sequence of str
        Intermediates or arguments of the forward pass.

    Returns
    -------
    dict of ndarray
        Gradient by name, float64.

    Raises
    ------
    ValueError
        If the program has no such intermediate.
    """
    import jax

    with jax.enable_x64(True):
        shapes = {}

        def record(name, value):
            shapes[name] = np.shape(value)
            return value

        jax.eval_shape(lambda: program(arguments, record))
        unknown = [name for name in names if name not in shapes]
        if unknown:
            raise ValueError(f"names: expected intermediates of {program.__name__}, {sorted(shapes)}, got {unknown}")

        def loss(shift):
            outputs = program(arguments, lambda name, v: v + shift[name] if name in shift else v)
            return sum((upstream[name] * outputs[name]).sum() for name in upstream)

        # Compiled as a whole: operation by operation the compiler takes several times as long.
        compiled = jax.jit(jax.grad(loss), compiler_options=COMPILER)
        result = compiled({name: jax.numpy.zeros(shapes[name]) for name in names})
        return {name: np.asarray(value) for name, value in result.items()}
