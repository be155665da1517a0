"""Equations which answer for themselves: set from code, evaluated as printed, and refused without evidence.

The extension knows nothing of what the equations are about. The configuration names a symbol table, the numbers to
evaluate equations on, and the default among these:

`proveq_symbols`
    Path of the symbol table (TOML), relative to the configuration.
`proveq_scopes`
    "module:ATTRIBUTE" of a mapping from scope names to lists of scopes, or to functions returning them.
`proveq_default_scope`
    The scope of equations for which neither directive nor page (front matter `given`) names one.
"""


def setup(app):
    """Register the extension with Sphinx."""
    # imported here, so that symbol table, printer and evaluator can be used, and tested, without Sphinx
    from .extension import connect

    return connect(app)
