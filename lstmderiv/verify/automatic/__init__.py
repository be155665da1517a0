"""The forward passes written once more for JAX, as `proveq.jax_gradients` takes them: one module a chapter.

A program of a few lines may stand beside its subject instead.
"""
