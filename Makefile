# Everything a fresh machine with Python 3.11+ needs. `make run` and `make test` set themselves up.
# The first of these that runs, is new enough and can make a venv: a name on the PATH may only be a placeholder.
FIT := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(FIT)' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
# Test files that run side by side, each with a database of its own.
TESTERS ?= 2

.PHONY: setup run test check bench docs pictures lock

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tocsin needs Python 3.11 or newer with venv. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

run: setup
	$(BIN)/tocsin demo

test: setup
	$(BIN)/python tests/prepare.py
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/tocsin makemigrations --check --dry-run
	$(BIN)/python -m pytest -q tests/test_tidy.py tests/test_docs.py

bench: setup
	$(BIN)/tocsin bench ring --json
	$(BIN)/tocsin bench ingest --json

docs: setup
	$(BIN)/tocsin docs

pictures: setup
	$(BIN)/python tests/prepare.py
	DJANGO_SETTINGS_MODULE=tocsin.settings $(BIN)/python -m tests.journeys.screenshots docs/images

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock
