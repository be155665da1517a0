"""Settings of the example: `python -m sphinx -b html . build/html` in this folder."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
# For this process, and for the kernels that run the cells.
sys.path.insert(0, str(HERE))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))

project = "Least squares"
extensions = ["myst_nb", "proveq.sphinx"]
exclude_patterns = ["build", "README.md"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
numfig = True
math_numfig = True
math_eqref_format = "({number})"
html_math_renderer = "mathml"
nb_execution_mode = "force"

proveq_symbols = "symbols.toml"
proveq_scopes = "proofs:SCOPES"
proveq_default_scope = "least-squares"
proveq_freshness_sources = ["*.py", "symbols.toml"]
