# What a newcomer types. Needs python3 (3.11 or later), git and make; the rest comes by itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BENCH ?= money
NODE := build/node

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check lint test-sqlite test-postgres test-rest bench docs vendor-check translations system browser java spark

help:  ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# $(call need,CHECK,PACKAGES): where CHECK fails, install PACKAGES as root on Debian or Ubuntu, else say what to install
define need
@{ $(1); } >/dev/null 2>&1 || { \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
    echo "Installing from the system: $(2)" >&2; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null; \
  else echo "Please install $(2) (Debian and Ubuntu: sudo apt-get install $(2)), then try again." >&2; exit 1; fi; }
endef

system:
	$(call need,command -v $(PYTHON),python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Please install Python 3.11 or later." >&2; exit 1; }
	$(call need,$(PYTHON) -c 'import ensurepip$(,) venv',python3-venv)
	$(call need,command -v g++ && command -v pkg-config && pkg-config --exists icu-i18n,g++ pkg-config libicu-dev)
	$(call need,ldconfig -p | grep -q libpangoft2-1.0.so.0 && ldconfig -p | grep -q libharfbuzz-subset.so.0,libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
	$(call need,$(PYTHON) -c 'import sysconfig$(,) pathlib; (pathlib.Path(sysconfig.get_path("include")) / "Python.h").stat()',python3-dev)
, := ,

browser:
	$(call need,command -v chromium || command -v chromium-browser || command -v google-chrome || ls ~/.cache/ms-playwright/chromium*,chromium)

java:
	$(call need,command -v java,default-jre-headless)

# $(call install,LOCK): the packages of a lock, by hash, and the project itself
define install
$(PYTHON) -m venv $(VENV)
$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1)
$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

$(VENV)/.runtime: requirements.lock pyproject.toml | system
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | system
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.runtime $@

setup: $(VENV)/.runtime  ## make .venv with what the node needs, so that .venv/bin/mainstay runs
	$(BIN)/python -m mainstay.money.engine.preparing

spark: setup java  ## add Apache Spark, for scans of what one machine does not hold
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock

demo: setup  ## build the two-node scenario, run the whole path on it and serve both nodes
	$(BIN)/mainstay demo $(if $(CI),--no-serve) $(DEMO)

demo-reset: setup  ## the same, anew
	$(BIN)/mainstay demo --reset $(if $(CI),--no-serve) $(DEMO)

$(NODE)/keys/node.key: | $(VENV)/.dev
	MAINSTAY_HOME=$(NODE) $(BIN)/mainstay init --name "Type check"

lint check: $(VENV)/.dev $(NODE)/keys/node.key  ## format, lint, types, and the floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MAINSTAY_HOME=$(NODE) $(BIN)/mypy mainstay tests scripts
	$(BIN)/lint-imports

test-sqlite: $(VENV)/.dev browser  ## every test that touches the database, in the browser too, on SQLite
	MAINSTAY_TEST_DATABASE=sqlite $(BIN)/pytest $(TESTS)

test-postgres: $(VENV)/.dev  ## every test that touches the database, on a PostgreSQL of its own
	MAINSTAY_TEST_DATABASE=postgres $(BIN)/pytest $(TESTS)

test-rest: $(VENV)/.dev browser java  ## every test that touches no database
	MAINSTAY_TEST_DATABASE=none $(BIN)/pytest $(TESTS)

test:  ## everything: lint, then the tests on both databases
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-rest test-sqlite test-postgres

bench: setup  ## a benchmark, peers side by side: make bench BENCH=money
	$(BIN)/mainstay bench $(BENCH)

docs: $(VENV)/.dev  ## the documentation as a site
	@[ ! -f mkdocs.yml ] || $(BIN)/mkdocs build --strict

vendor-check: $(VENV)/.dev  ## the front-end files against their checksums, offline
	$(BIN)/python scripts/vendor_frontend.py --check

translations: $(VENV)/.dev  ## the interface's languages: take up new texts, compile, say what is untranslated
	$(BIN)/python scripts/translations.py update
	$(BIN)/python scripts/translations.py compile
	$(BIN)/python scripts/translations.py check
