# make demo    a whole migration between two local servers
# make test    the tests
# make test-fast   those that start no server and no Dagster and stage no site, in seconds
# make ui      Dagster's UI on a sandbox; one Ctrl-C ends it all
# make check   lint, types, who imports what, definitions
# make acceptance   the long tests: month backfills, kills, soak
# make clean   what demo, ui and the tools left behind; the environment stays

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Without its bytecode each of the many processes of a test or a UI compiles the product again (half a second of CPU).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast ui check acceptance clean setup

demo: $(READY)
	@$(BIN)/migrate demo

test: $(READY)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

test-fast: $(READY)
	@$(BIN)/pytest --fast -n 2 --dist loadfile

ui: $(READY)
	@exec $(BIN)/migrate ui

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy
	@$(BIN)/dagster definitions validate -m migration_assets.definitions

acceptance: $(READY)
	@$(BIN)/pytest -m acceptance --timeout 3600

clean:
	@rm -rf .migration .pytest_cache .mypy_cache .ruff_cache .hypothesis .tmp_dagster_home_* build dist
	@find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

setup: $(READY)

# The first Python that runs and is new enough: a version manager's shim may be on the path without a Python behind it.
$(READY): pyproject.toml constraints.txt
	@set -e; found=""; \
	for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	  if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; \
	  then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 to 3.14 is needed, and none was found as python3.14 ... python3.11 or python3." >&2; exit 1; \
	fi; \
	if [ ! -x $(BIN)/python ]; then \
	  echo "Making $(VENV) with $$found; the first install takes a minute or two"; $$found -m venv $(VENV); \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,semantic]'; \
	touch $(READY)
