"""Settings of the book. Run from this folder: `sphinx-build -c . book build/html`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "book" / "_ext"), str(ROOT / "book")]

project = "lstmderiv"
author = "The lstmderiv authors"
html_title = "How an LSTM learns"
language = "en_GB"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinxcontrib.bibtex",
    "proveq.sphinx",
    "proveq.sphinx.drawings",
    "counterparts",
    "explorer",
    "lean_pages",
    "site_styles",
]
# Static files are matched by the same patterns: the font's script stays out of the site.
exclude_patterns = [
    "_ext",
    "_figures",
    "_static",
    "_templates",
    "fonts/*.py",
    "**/__pycache__",
    "**.ipynb_checkpoints",
]

# Text
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist", "attrs_inline"]
myst_dmath_allow_labels = True
myst_heading_anchors = 3
myst_update_mathjax = False
smartquotes = False

# Numbers: chapter.number for figures, tables and equations
numfig = True
numfig_secnum_depth = 1
math_numfig = True
math_eqref_format = "({number})"
html_math_renderer = "mathml"

# Equations: one symbol table, and the numbers on which they are evaluated
proveq_symbols = "book/symbols.toml"
proveq_scopes = "scopes:SCOPES"
proveq_default_scope = "step"
proveq_every_symbol = True

# Tables of shapes: the sizes of an example, by the head of its column
proveq_examples = {"in the running example": {"B": 1, "T": 3, "D": 10, "H": 5, "N": 10}}

# Sentences: numbers that are written, not printed, on many pages
proveq_typed = {
    "between 0 and 1": "(bound)",
    "between −1 and 1": "(bound)",
}

# Drawings: their functions, their numbers, and the equations that some of them show
proveq_drawings_package = "_figures"
proveq_drawings_values = {
    "running-example": "drawing_sources:running_example",
    "peephole-example": "scope_models.peephole:running_example",
    "gru-example": "scope_models.gru:running_example",
    "gru-before-example": "scope_models.gru:running_example_before",
    "two-layers": "scope_models.stacked:two_layers",
    "both-directions": "scope_models.stacked:both_directions",
    "softmax-cheap": "softmax_rows:cheap",
    "softmax-dear": "softmax_rows:dear",
}
proveq_drawings_math = "proveq.sphinx:to_mathml"
proveq_drawings_equations = "drawing_sources:forward_equations"

# The explorer: which values it shows, and the numbers it shows without scripts
explorer_model = "explorer_model"
explorer_values = "drawing_sources:running_example"

bibtex_bibfiles = ["book/references.bib"]

# What the results on the page depend on: a change here executes every chapter again
proveq_freshness_sources = [
    "lstmderiv",
    "packages/proveq/proveq",
    "book/_ext",
    "book/_figures",
    "book/*.py",
    "book/scope_models",
    "book/story",
    "book/symbols.toml",
    "tests/data",
    "crosscheck/results.json",
    "benchmarks/results.json",
    "benchmarks/on_jax.json",
    "requirements",
    "conf.py",
]

# Of these a page is held by what it reads alone, and its cells by what they read of everything but these
proveq_freshness_traced = ["lstmderiv/**/*.py", "lstmderiv/**/*.pyi", "book/scope_models"]
proveq_freshness_cells = ["requirements", "conf.py"]

# Execution: cells run when they, or a file that they read, have changed; every page in a process of its own
proveq_preload = ["jax.numpy", "sympy", "matplotlib.pyplot", "mpmath"]
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_output_stderr = "error"

# Interface: types are written in words and shapes, not as names to be linked
napoleon_use_param = False
napoleon_use_rtype = False
nitpick_ignore_regex = [("py:class", ".*")]
autodoc_typehints = "none"
# A module's docstrings can be read without the extra that it needs.
autodoc_mock_imports = ["numba"]
autodoc_member_order = "bysource"
viewcode_line_numbers = True

# Site: nothing from another host, and the same bytes from the same tree
html_theme = "sphinx_book_theme"
html_static_path = ["book/_static"]
templates_path = ["book/_templates"]
html_favicon = "book/_static/favicon.svg"
site_styles = ["ledger.css", "drawings.css", "icons.css", "book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_last_updated_fmt = None
html_theme_options = {
    "navbar_persistent": [],  # its default is a second search box on every wide page
    "primary_sidebar_end": [],  # its default is a place for advertisements
    "show_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
