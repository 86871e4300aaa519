# make demo    set up, and let models/r1k-tiny-inverter invert 200 problems
# make data    set up, and make datasets/r1k again, byte for byte
# make models  set up, and train models/r1k-tiny and models/r1k-tiny-inverter from scratch; carries on
#              where it was interrupted
# make eval    set up lighteval, too, so that it starts without a network
# make experiment  set up, train 85 models on 2 CPU cores, and make a page of what came of it
# make test    set up, and run every check and test
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

# lighteval downloads this file as it starts, for a benchmark that is none of ours, and fails if it
# cannot.
TINY_BENCHMARKS := touch .venv/lib/python3.11/site-packages/lighteval/tasks/tasks/tinyBenchmarks.pkl

FAMILIES := $(BIN)/r1k generate families --config

.PHONY: demo data models eval experiment test clean

demo: .venv/.local
	$(FAMILIES) recipes/generate/problems.yaml -o out/problems
	$(BIN)/r1k generate out/problems --config recipes/generate/embedded.yaml -o out/demo
	$(BIN)/r1k show out/demo --pairs 2

data: .venv/.base
	$(BIN)/r1k generate families --config recipes/generate/families.yaml -o datasets/r1k

models: out/models/r1k-tiny/model.safetensors out/models/r1k-tiny-inverter/model.safetensors
	$(BIN)/python -m r1k.tiny finish out/models/r1k-tiny -o models/r1k-tiny
	$(BIN)/python -m r1k.tiny finish out/models/r1k-tiny-inverter -o models/r1k-tiny-inverter

out/models/%/model.safetensors: out/models/pretrained/model.safetensors
	$(BIN)/python -m r1k.tiny train recipes/models/$*.yaml

out/models/pretrained/model.safetensors: out/models/start/model.safetensors
	$(BIN)/python -m r1k.tiny train recipes/models/pretrained.yaml

out/models/start/model.safetensors: | .venv/.local
	$(FAMILIES) recipes/generate/problems.yaml -o out/problems
	$(FAMILIES) recipes/models/text-read.yaml -o out/models/text-read
	$(FAMILIES) recipes/models/text-invert.yaml -o out/models/text-invert
	$(FAMILIES) recipes/models/text-steps.yaml -o out/models/text-steps
	$(BIN)/python -m r1k.tiny steps out/models/text-read out/models/text-steps -o out/models/steps
	$(BIN)/python -m r1k.tiny start out/models/text-read out/models/text-invert -o out/models/start

eval: .venv/.eval

experiment: .venv/.experiment
	$(BIN)/r1k experiment recipes/experiment.yaml
	$(BIN)/r1k report out/experiment -o out/report

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

clean:
	rm -rf .venv out

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.base: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

.venv/.local: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[local]'
	touch $@ .venv/.base

.venv/.eval: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[eval]'
	$(TINY_BENCHMARKS)
	touch $@ .venv/.local .venv/.base

.venv/.experiment: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[experiment]'
	$(TINY_BENCHMARKS)
	touch $@ .venv/.eval .venv/.local .venv/.base

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[dev]'
	$(TINY_BENCHMARKS)
	touch $@ .venv/.experiment .venv/.eval .venv/.local .venv/.base
