"""Runs the real frameworks beside `lstmderiv.interchange`: weights in, outputs, last states and gradients out.

`make crosscheck` sets up an environment with the frameworks and runs `python -m crosscheck`. What it finds is in
`results.json`; the differences that are known, each with its reason, in `known.toml`.
"""
