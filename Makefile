# make setup   system packages, SoundFonts, .venv with pinned versions, autoscore itself
# make demo    setup, then score the sample film
# make test    the fast tests; test-all: the slow ones as well
# make check   formatting, lint, types, import rules, tests with warnings as errors
# make bench   all benchmarks as one table, build/bench/benchmarks.md (hours)
# make docs    what can be generated; golden: rewrite the goldens; lock: new pinned versions
# make clean   remove what was built (clean-all: .venv as well)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE ?= samples/kite.mp4
WORKERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := .venv-lock/bin/uv pip compile --no-config --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --strip-extras --no-emit-index-url --no-emit-find-links

.PHONY: help setup setup-dev demo test test-all check bench docs golden lock clean clean-all

help:
	@sed -n 's/^# make/make/p' Makefile

setup: .stamp-system .stamp-venv

setup-dev: .stamp-system .stamp-dev

.stamp-system: .setup/system-packages.sh autoscore/tables/soundfonts.toml
	@PYTHON="$(PYTHON)" bash .setup/system-packages.sh
	@touch $@

$(BIN)/python: | .stamp-system
	$(PYTHON) -c 'import sys; sys.exit("autoscore needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

.stamp-venv: .setup/requirements.txt pyproject.toml $(BIN)/python
	@echo "autoscore: installing Python packages (one to three minutes)"
	$(PIP) install --require-hashes -r .setup/requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.stamp-dev: .setup/requirements-dev.txt .stamp-venv
	$(PIP) install --require-hashes -r .setup/requirements-dev.txt
	@touch $@

demo: setup
	$(BIN)/autoscore score $(SAMPLE) --overwrite
	@echo "The scored film: $(basename $(SAMPLE)).scored.mp4; everything between: $(basename $(SAMPLE)).autoscore/"

test: setup-dev
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

test-all: setup-dev
	$(BIN)/python -m pytest -n $(WORKERS)

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

bench: setup-dev
	$(BIN)/python benchmarks/table.py

docs: setup-dev
	$(BIN)/python docs/generate.py

golden: setup-dev
	AUTOSCORE_REWRITE_GOLDEN=1 $(BIN)/python -m pytest tests/golden

lock:
	test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv; }
	rm -f .setup/requirements.txt .setup/requirements-dev.txt
	echo 'setuptools>=77' | $(UV_COMPILE) pyproject.toml - -o .setup/requirements.txt >/dev/null
	echo 'setuptools>=77' | $(UV_COMPILE) --extra dev -c .setup/requirements.txt pyproject.toml - -o .setup/requirements-dev.txt >/dev/null
	for file in .setup/requirements.txt .setup/requirements-dev.txt; do \
		{ echo '# Pinned versions with hashes, for every system and Python from 3.11 on. Made by `make lock`; do not edit.'; \
		cat $$file; } > $$file.new && mv $$file.new $$file; done

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache samples/*.autoscore samples/*.scored.*
	find autoscore tests benchmarks samples -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean
	rm -rf $(VENV) .venv-lock .stamp-* *.egg-info
