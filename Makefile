# The book and its package. `make html` and `make test` set up everything they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
LOCKS := requirements/uv.lock.txt requirements/book.lock.txt
CROSS := .venv-crosscheck

# One thread for linear algebra: the matrices are small, and results do not depend on the number of cores.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

# Letters are those of UTF-8, and nothing else depends on the user's language; one that is not installed is no error.
ifneq ($(filter C.UTF-8 C.utf8,$(shell locale -a 2>/dev/null)),)
export LC_ALL := C.UTF-8
endif

# Compiled modules of the project are told stale by their time stamps alone: there shall be none.
export PYTHONDONTWRITEBYTECODE := 1

# Programs that JAX has compiled, kept by what they are, the compiler and its options: programs, no results.
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/build/compiled
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES := -1

# Warnings of one page built alone: what it refers to stands on other pages.
ELSEWHERE := myst.xref_missing,ref.ref,ref.eq,ref.doc,ref.numref,ref.term,ref.python,toc.not_readable,toc.excluded,bibtex

# The installer's cache, where the user's own cannot be written to, is none.
CACHE := where="$${UV_CACHE_DIR:-$${XDG_CACHE_HOME:-$$HOME/.cache}/uv}"; \
	mkdir -p "$$where" 2>/dev/null && test -w "$$where" || export UV_NO_CACHE=1;

.DEFAULT_GOAL := help
.PHONY: help html page equation test test-all mutants lint serve bench crosscheck lock clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

html: $(READY)  ## execute every chapter, check every equation, write the site to build/html
	@$(BIN)/python -m proveq.build book

page: $(READY)  ## run and check one page, PAGE=gru: the author's loop, not the book's gate
	@test -f "book/$(PAGE).md" || { echo "Name a page of book/ without .md: make page PAGE=gru"; exit 2; }
	@$(BIN)/python -m sphinx -q -c . -d build/page-doctrees -b html -D root_doc=$(PAGE) -D include_patterns=$(PAGE).md \
		-D proveq_partial=1 -D suppress_warnings=$(ELSEWHERE) book build/page \
		|| { echo; echo "The page does not hold: see the errors above."; exit 1; }
	@echo "The page holds: open build/page/$(PAGE).html. Only make html checks the book: references, uses, other pages."

equation: $(READY)  ## evaluate one equation, EQ=eq:gru-d-u, on its scopes: seconds, and no cell is run
	@test -n "$(EQ)" || { echo "Name an equation's label: make equation EQ=eq:gru-d-u"; exit 2; }
	@PYTHONPATH=book/_ext:book $(BIN)/python -m proveq.sphinx.equations "$(EQ)"

test: $(READY)  ## run the quick tests: no browser, no network
	@echo "Running the tests."
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser"
	@echo "All tests passed."

test-all: $(READY)  ## run all tests, the slow ones and those in a browser too
	@$(BIN)/python -m pytest -n 2 --dist worksteal

mutants: html  ## put small mistakes into book and package, say what notices none: KIND=inline SECONDS=60 SEED=2 ALL=1
	@$(BIN)/python -m proveq.mutants --seed $(or $(SEED),1) $(if $(ALL),--all,--seconds $(or $(SECONDS),180)) \
		$(if $(KIND),--kind "$(KIND)") $(if $(ONLY),--only "$(ONLY)") $(if $(RECORD),--record "$(RECORD)")

lint: $(READY)  ## check the style of the code, and the types that users' tools see
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/python tests/typing/check.py

serve: html  ## build the book and serve it at http://localhost:8000
	@echo "Serving build/html at http://localhost:8000; stop with Ctrl-C."
	@$(BIN)/python -m http.server --bind localhost --directory build/html 8000

bench: $(READY)  ## measure speed and memory beside the frameworks that are installed, write benchmarks/*.json
	@$(if $(wildcard $(CROSS)/ready),$(CROSS)/bin,$(BIN))/python -m benchmarks
	@$(if $(wildcard $(CROSS)/ready),$(CROSS)/bin,$(BIN))/python -m benchmarks.on_jax

crosscheck: $(CROSS)/ready  ## run the real frameworks on every case and write what agrees (several GB, its own environment)
	@echo "Running the frameworks."
	@$(CROSS)/bin/python -m crosscheck
	@$(CROSS)/bin/python -m crosscheck.example

lock: $(READY)  ## write the lock file anew from pyproject.toml
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate pyproject.toml --group book --group test -o requirements/book.lock.txt
	@echo "Written: requirements/book.lock.txt"

clean:  ## delete everything that was built, the environment too
	rm -rf build $(VENV) $(CROSS) .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: a fast installer first, then everything else from the lock file, all checked against its hashes.
$(READY): $(LOCKS) pyproject.toml packages/proveq/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -w . || { echo "This folder cannot be written to; copy the project to one that can: $(CURDIR)"; exit 1; }
	@echo "Making the environment in $(VENV) from the lock file."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "This Python lacks 'venv'; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock.txt
	@$(CACHE) $(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes $(LOCKS)
	@$(CACHE) $(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e packages/proveq -e .
	@touch $(READY)

# The frameworks. Where TensorFlow has no build, what needs it is left out and said to be.
$(CROSS)/ready: requirements/crosscheck.txt requirements/crosscheck-tensorflow.txt
	@echo "Making the environment of the frameworks in $(CROSS); this takes several GB."
	@rm -rf $(CROSS)
	@$(PYTHON) -m venv $(CROSS)
	@$(CROSS)/bin/python -m pip install -q --disable-pip-version-check -r requirements/crosscheck.txt
	@$(CROSS)/bin/python -m pip install -q --disable-pip-version-check -r requirements/crosscheck-tensorflow.txt \
		|| echo "TensorFlow could not be installed: its part will be left out."
	@touch $(CROSS)/ready
