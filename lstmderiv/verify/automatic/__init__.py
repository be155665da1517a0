"""The forward passes written once more for JAX, as `proved.jax_gradients` takes them: one module a chapter.

A program of a few lines may stand beside its subject instead.
"""
