# Two commands do everything: `make demo` and `make test`. Both set up first.
PYTHON ?= python3
BIN := .venv/bin
REQUIREMENTS := requirements/build.txt requirements/run.txt requirements/test.txt requirements/check.txt
MESSAGES := $(wildcard src/dangqiao/locale/*/LC_MESSAGES/*.po)
.PHONY: setup demo demo-clean test test-faults check format screenshots bench-matching clean

setup: .venv/.installed src/dangqiao/locale/zh_Hans/LC_MESSAGES/django.mo .venv/.compiled

.venv/.installed: $(REQUIREMENTS) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.12 setup"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The Python module venv is missing: install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; echo "Making .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing pinned packages (the first time this takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/test.txt -r requirements/check.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# Relative: Python before 3.13 reads this file in the locale's encoding, which may lack the letters of our folder.
	@for file in .venv/lib*/python3*/site-packages/_*dangqiao.pth; do echo ../../../../src > "$$file"; done
	@touch $@

src/dangqiao/locale/zh_Hans/LC_MESSAGES/django.mo: $(MESSAGES) tools/messages.py .venv/.installed
	@$(BIN)/python tools/messages.py compile

.venv/.compiled: $(wildcard src/dangqiao/adapters/index/*.py) src/dangqiao/apps/holdings/importing/kernels.py .venv/.installed
	@echo "Compiling the search and the import (half a minute, once)"
	@$(BIN)/python -m dangqiao.adapters.index.warming
	@$(BIN)/python -c 'from dangqiao.apps.holdings.importing.bytecolumns import warm; warm()'
	@touch $@

demo: setup
	@$(BIN)/dangqiao demo

demo-clean: setup
	@$(BIN)/dangqiao demo --clean

test: setup
	@echo "On SQLite"
	@$(BIN)/python -m pytest -q -n auto
	@echo "On PostgreSQL"
	@$(BIN)/python tools/with_postgresql.py $(BIN)/python -m pytest -q -n auto tests/apps tests/web tests/cli tests/federation
	@echo "The federation in the suite gm"
	@DANGQIAO_TEST_SUITE=gm $(BIN)/python -m pytest -q tests/federation

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/repo

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

screenshots: setup
	@$(BIN)/python tools/screenshots.py

test-faults: setup
	@$(BIN)/python -m tests.faults $(FAULTS)

bench-matching: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@$(BIN)/python -m benchmarks.matching --set tuning
	@$(BIN)/python -m benchmarks.matching --set validation

clean:
	@rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache
