# Every target sets up what it needs first; a second call finds the stamps and starts at once.
# Stamps live inside what they describe, so that deleting .venv or node_modules undoes them too.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := src/opsguide/web/static

STAMP_CHECKED := $(VENV)/.stamp-prerequisites
STAMP_PYTHON := $(VENV)/.stamp-python
STAMP_SELF := $(VENV)/.stamp-opsguide
STAMP_SYSTEM := $(VENV)/.stamp-system
STAMP_FUZZ := $(VENV)/.stamp-fuzz
STAMP_NODE := node_modules/.stamp
# Written last by the build, so it is the stamp too.
STAMP_CONSOLE := $(STATIC)/asset_digests.json

# Twice quiet: errors only. Whatever mirror this machine has set up may have remarks of its own.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

.PHONY: help
help: ## print these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: python console system ## install all that running and testing need

.PHONY: run
run: python console ## start the demo: a small shop, watched through the example guide
	$(BIN)/opsguide demo run

.PHONY: test
test: python console system ## run all tests, those of the console beside the others
	mkdir -p build
	$(BIN)/pytest tests/web > build/test-web.log 2>&1 & web=$$!; trap "kill $$web" INT TERM; rest=0; half=0; \
	$(BIN)/pytest --ignore=tests/web || rest=$$?; wait $$web || half=$$?; \
	cat build/test-web.log; exit $$((rest | half))

.PHONY: check
check: python console ## lint, format, strict types, architecture, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	if [[ -f console/tsconfig.json ]]; then node_modules/.bin/tsc --noEmit -p console; fi
	$(BIN)/pytest -q tests/test_architecture.py tests/test_docs.py

.PHONY: bench
bench: python ## measure; prints a table and writes build/bench.json
	$(BIN)/python -m bench

.PHONY: fuzz
fuzz: python $(STAMP_FUZZ) ## fuzz the reader by coverage: make fuzz TARGET=guide|change|bindings SECONDS=60
	$(BIN)/python -m tests.fuzz $(or $(TARGET),guide) --seconds $(or $(SECONDS),60)

.PHONY: screenshots
screenshots: python console system ## take the pictures of the console again into docs/screenshots
	$(BIN)/python -m tests.web.screenshots

.PHONY: promqltest
promqltest: python ## run PromQL test scripts: make promqltest FILES="a.test b.test"
	@$(BIN)/python -m opsguide.telemetry.promqltest $(FILES)

.PHONY: lock
lock: python ## pin again within pyproject.toml and package.json (UPGRADE=1: newest of all)
	scripts/lock.sh $(if $(UPGRADE),--upgrade)
	npm $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts --silent

.PHONY: reference
reference: python ## write docs/reference/facts.md, opsguide.schema.json and the API's examples from the code
	$(BIN)/python -m tests.reference

.PHONY: clean
clean: ## remove all that make built or installed here
	rm -rf $(VENV) node_modules $(STATIC) build dist .mypy_cache .ruff_cache .pytest_cache .coverage .hypothesis

# What the targets above stand on ---------------------------------------------------------------------------------

.PHONY: python console system
python: $(STAMP_SELF)
console: $(STAMP_CONSOLE)
system: $(STAMP_SYSTEM)

$(STAMP_CHECKED): scripts/prerequisites.sh
	@PYTHON=$(PYTHON) scripts/prerequisites.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(STAMP_PYTHON): requirements/dev.lock | $(STAMP_CHECKED)
	@echo "setup: Python packages (requirements/dev.lock), about a minute the first time"
	@$(PIP) install --require-hashes --requirement requirements/dev.lock
	@touch $@

# Without build isolation: the build back end is in the lock too, so nothing unpinned is ever fetched.
$(STAMP_SELF): pyproject.toml $(STAMP_PYTHON)
	@echo "setup: opsguide itself, editable"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@# Environments that forbid writing byte code would compile every file at every start.
	@$(BIN)/python -m compileall -q src/opsguide
	@touch $@

$(STAMP_FUZZ): requirements/fuzz.lock $(STAMP_PYTHON)
	@$(PIP) install --require-hashes --requirement requirements/fuzz.lock
	@touch $@

# No install scripts: none of our packages needs one, and they are other people's code run at install time.
$(STAMP_NODE): package.json package-lock.json | $(STAMP_CHECKED)
	@echo "setup: console build tools (package-lock.json)"
	@npm ci --ignore-scripts --silent
	@touch $@

$(STAMP_CONSOLE): $(STAMP_NODE) scripts/build_console.mjs $(shell find console -type f 2>/dev/null)
	@echo "setup: console assets"
	@node scripts/build_console.mjs

$(STAMP_SYSTEM): scripts/system_packages.sh | $(STAMP_CHECKED)
	@scripts/system_packages.sh
	@touch $@
