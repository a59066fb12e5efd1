# Two commands on a fresh machine with Python >= 3.11 (pip, venv) and make:
#   make demo    see raw data become a clean, split, leak-checked dataset
#   make test    lint, types, architecture, tests

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-train test-embed format clean

demo: .venv/user
	$(BIN)/bloomery demo --out demo-run --replace

test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses auto --dist worksteal

# The tests that need torch and trl (several hundred MB): what we write is what trainers read, models from local weights, and a
# real server that is asked over HTTP.
test-train: .venv/train
	$(BIN)/pytest tests/train

# The tests that need an embedding model (about 100 MB); those with torch run where test-train has installed it.
test-embed: .venv/embed
	$(BIN)/pytest tests/text/test_embedding.py tests/clean/test_semantic.py
	$(BIN)/pytest tests/cli/test_selfcheck.py -k embedding

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/user: .venv/made pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

.venv/dev: .venv/made pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	touch $@ .venv/user

.venv/train: .venv/dev
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[train]' trl 'transformers[serving]'
	touch $@

.venv/embed: .venv/dev
	$(PIP) --editable '.[embed]' onnx
	touch $@

clean:
	rm -rf .venv demo-run
