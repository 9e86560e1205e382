# PO Sync. Two commands matter: `make run` (a working shop) and `make test`.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
.DEFAULT_GOAL := help

.PHONY: help run test lint types bench check-python lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

check-python:
	@$(PY) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None' \
	  || { echo "Set PY=/path/to/python3.11 or install Python 3.11+."; exit 1; }

define make-venv
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || [ -n "$(UV)" ] || { echo "Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@if [ -n "$(UV)" ]; then \
	  uv venv -q --allow-existing --no-python-downloads --python $(PY) $(VENV) && \
	  uv pip sync -q --python $(BIN)/python --require-hashes $(1); \
	else \
	  ([ -x $(BIN)/python ] || $(PY) -m venv $(VENV)) && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r $(1); \
	fi
endef

$(VENV)/.run: requirements.txt | check-python
	@echo "Installing what PO Sync needs ..."
	$(call make-venv,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt | check-python
	@echo "Installing what PO Sync and its tests need ..."
	$(call make-venv,requirements-dev.txt)
	@touch $@ $(VENV)/.run

run: $(VENV)/.run ## start a working shop: sandbox, worker, web; prints the address
	@$(BIN)/python manage.py demo

test: $(VENV)/.dev ## install what the tests need and run all of them (ARGS= for pytest)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(VENV)/.dev ## style, imports, templates, security, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/bandit -q -c pyproject.toml -r config retailers catalog purchasing integrations
	$(BIN)/deptry .

types: $(VENV)/.dev ## mypy, strict on our code
	DEMO=1 $(BIN)/mypy .

bench: $(VENV)/.dev ## benchmarks, as ratios to a baseline in the same run
	@$(BIN)/python -m tests.bench

lock: ## compile the hashed requirement files (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.txt

clean: ## remove the virtualenv and the demo's data
	rm -rf $(VENV) var
