# make demo   set up, and invert the problems that ship with the project
# make data   set up, and make datasets/r1k again, byte for byte
# make test   set up, and run every check and test
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo data test clean

demo: .venv/.base
	$(BIN)/r1k generate examples/forward.jsonl --config recipes/generate/demo.yaml -o out/demo
	$(BIN)/r1k show out/demo --pairs 2

data: .venv/.base
	$(BIN)/r1k generate families --config recipes/generate/families.yaml -o datasets/r1k

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

clean:
	rm -rf .venv out

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.base: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[dev]'
	touch $@ .venv/.base
