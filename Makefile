# Two commands need nothing but python3 and make:
#   make demo   a server with real trainings, healthy and sick; prints the page's address
#   make test   every test, with a real browser and both databases
# Everything else: make check, make format, make benchmark, make screenshots, make clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO_READY := $(VENV)/.ready-demo
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check format lint types contracts migrations containers wheel tools benchmark screenshots clean

help:
	@sed -n '1,4s/^# \{0,1\}//p' Makefile

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Epochwatch needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(DEMO_READY): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up the demo in $(VENV) (a few minutes the first time, PyTorch is large) ..."
	$(PIP) install --constraint constraints.txt --editable '.[demo]'
	@touch $@

$(READY): $(DEMO_READY)
	@echo "Adding what the tests need ..."
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(READY)

demo: $(DEMO_READY)
	$(BIN)/epochwatch demo

serve: $(DEMO_READY)
	$(BIN)/epochwatch serve

# A browser and a PostgreSQL server for the tests: those that are there, else installed.
tools: $(READY)
	VENV_BIN=$(BIN) sh tests/provide_tools.sh

test: tools
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(READY) lint types contracts migrations containers wheel

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

# The tables that the code declares are those that the migrations make.
migrations: tools
	$(BIN)/python -m pytest -q tests/server/store/test_migration.py

containers: $(READY)
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/yamllint --strict docker-compose.yml
	$(BIN)/hadolint Dockerfile

wheel: $(READY)
	$(BIN)/python -m pytest -q tests/project/test_wheel.py

benchmark: $(READY)
	$(BIN)/python benchmarks/store.py

screenshots: tools
	$(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis demo-data
