# The one list of commands, for people and CI alike. `make demo` and `make test` set up by themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: setup demo test check bench crash storm evals format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $(STAMP)

demo: setup
	$(BIN)/nextplay demo $(ARGS)

# A file of tests stays with one process, for what its tests share is made once.
test: setup
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --cov --cov-report=term:skip-covered $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nextplay playbook check

bench: setup
	$(BIN)/python -m tests.benchmarks $(ARGS)

# Kill -9 at every commit and every outside call of the main paths (a slice of it runs in `make test`).
crash: setup
	$(BIN)/python -m pytest tests/chaos --all-crash-points $(ARGS)

# Slack at its worst over 300 proposals, with an outage, and 50 people at three doors at once (a slice of it runs in `make test`).
storm: setup
	$(BIN)/python -m pytest tests/storms --whole-storm $(ARGS)

# Every suite of evals, then every fault that is made on purpose (a slice of both runs in `make test`).
evals: setup
	$(BIN)/nextplay eval run $(ARGS)
	$(BIN)/python -m pytest tests/evals --every-fault

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .nextplay .pytest_cache .mypy_cache .ruff_cache
