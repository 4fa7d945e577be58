# What to type. `make demo` and `make test` need Python 3.11 or newer and make, and nothing else.
# Everything is installed into .venv from requirements/*.txt: pinned, and each file checked against its hash.

VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

# Quiet and the same everywhere: no prompts, no hints about newer versions, one locale for every message.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_NO_PYTHON_VERSION_WARNING := 1
export PIP_ROOT_USER_ACTION := ignore
export PYTHONUTF8 := 1
# Compiled modules are kept, whatever the machine's own habit is: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install install-dev demo test lint format types imports unit campaigns bench simulate planted fuzz golden sbom lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: install ## watch whole transfers, all nine steps over HTTP, in less than a minute
	@$(BIN)/cotransfer demo

test: lint types imports unit ## every check and every test

lint: install-dev ## ruff: rules and layout
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: install-dev ## let ruff lay out and mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install-dev ## mypy, strict
	@$(BIN)/mypy

imports: install-dev ## import-linter: who may import whom
	@$(BIN)/lint-imports

unit: install-dev ## pytest with the branch coverage of domain and app (JOBS=2 processes)
	@$(BIN)/python -m pytest -n $(JOBS) -m "not campaign" --cov --cov-report=term

# How many times the processes of a deployment are killed, at most 30 times on PostgreSQL.
KILLS ?= 100
campaigns: install-dev ## the long ones: KILLS=100 kills, planted defects, every path of five commands, every sink of 10,000 transfers
	@KILLS=$(KILLS) $(BIN)/python -m pytest -n $(JOBS) -m campaign -o faulthandler_timeout=2400

bench: install-dev ## measure: one JSON line a measurement
	@$(BIN)/cotransfer bench

simulate: install ## schedules of the whole gateway under faults, from one seed each (SECONDS=60)
	@$(BIN)/cotransfer simulate --seconds $(SECONDS) --from-seed $(or $(FROM),0)

planted: install-dev ## defects planted in our own code, one at a time: the simulator must find each
	@$(BIN)/python -m tests.planted

# What a fuzzer found lies in build/fuzz, and is tried again first.
SECONDS ?= 60
fuzz: install-dev ## random bytes at everything that reads what strangers send (SECONDS=60 for each)
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

golden: install-dev ## write down what this version stores, for later ones to read (tests/golden/VERSION)
	@$(BIN)/python -m tests.golden

sbom: install-dev ## list what it runs on in build/sbom.json (CycloneDX 1.6)
	@$(BIN)/python requirements/sbom.py

# ---------------------------------------------------------------------------------------------------------- installing

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

# Tried in turn: $PYTHON when set, then every name a Python may go by. A name that does not start, as a version
# manager's placeholder may not, is passed over. sqlite3, venv and ensurepip are asked for because some systems split them off.
define FIND_PYTHON
for python in $$PYTHON python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if "$$python" -c 'import ensurepip, sqlite3, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2])' \
		>/dev/null 2>&1; then echo "$$python"; exit 0; fi; \
done; \
{ echo "cotransfer needs Python 3.11 or newer with its venv and sqlite3 modules, and found none."; \
  echo "Install one (on Debian or Ubuntu: apt-get install python3 python3-venv), or name yours: make PYTHON=/path/to/python3"; \
} >&2; exit 1
endef
export PYTHON

$(BIN)/python:
	@python=$$($(FIND_PYTHON)) || exit 1; \
	echo "making $(VENV) with $$($$python --version)"; \
	"$$python" -m venv --clear $(VENV)

# The pip that a Python brings is replaced first: before 23.3 it does not hold a pin for what another package asks for
# with an extra, so that the day a newer release appears it refuses that release for having no hash.
# pip's messages are kept until the end and shown only when it fails.
define INSTALL
log=$$(mktemp) || exit 1; trap 'rm -f "$$log"' EXIT; \
for step in "--require-hashes --only-binary :all: -r requirements/pip.txt" "--require-hashes --only-binary :all: -r $(1)" "--no-deps --no-build-isolation -e ."; do \
	$(BIN)/python -m pip install --quiet $$step >"$$log" 2>&1 </dev/null || { cat "$$log" >&2; \
	echo "The packages of $(1) could not be installed; pip's reason stands above. Run the same command again when it is mended." >&2; \
	exit 1; }; \
done; \
touch $@
endef

$(VENV)/.installed: requirements/pip.txt requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "installing what cotransfer runs on (once; a minute or so)"
	@$(call INSTALL,requirements/run.txt)

# dev.txt holds run.txt's pins too, so this stamp serves for both.
$(VENV)/.installed-dev: requirements/pip.txt requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what cotransfer and its tests run on (once; a minute or so)"
	@$(call INSTALL,requirements/dev.txt)
	@touch $(VENV)/.installed

# ------------------------------------------------------------------------------------------------------------- keeping

# Written with Python 3.11, the oldest we serve: what only it needs is harmless on the newer ones, the reverse is not so.
# No address of an index goes into the files: a hash says what a package is, not where it was found.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe \
	--strip-extras --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

lock: install-dev ## pin the newest versions into requirements/*.txt (with Python 3.11)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make lock: .venv must be of Python 3.11, the oldest served (make clean, then make lock PYTHON=python3.11)" or 0)'
	@$(COMPILE) --output-file requirements/pip.txt requirements/pip.in
	@$(COMPILE) --output-file requirements/run.txt pyproject.toml requirements/run.in
	@$(COMPILE) --output-file requirements/sm.txt requirements/sm.in
	@$(COMPILE) --output-file requirements/dev.txt pyproject.toml requirements/run.in requirements/dev.in

clean: ## take away .venv and everything the tools left behind
	@rm -rf $(VENV) build dist src/*.egg-info .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
