# Diplograph's commands; each runs in .venv, which is made on demand and kept as constraints.txt says.
PYTHON ?= python3
# From the command line only: some shells set HOST to the name the machine has on the network.
HOST := 127.0.0.1
PORT ?= 8000

VENV := .venv
# What the editor of the pages is built from, which is done at the installation.
SCRIPTS := $(wildcard src/diplograph/web/editor/*.js*)
# Both names: pip up to 25.2 reads the first for what it builds with, later ones the second.
PIP := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV)/bin/python -m pip install --quiet

.DEFAULT_GOAL := help
.PHONY: attack bench clean help lint serve test

serve: $(VENV)/serve.stamp ## build if needed, serve pages and /sparql at HOST:PORT (127.0.0.1:8000)
	@exec $(VENV)/bin/diplograph serve --host $(HOST) --port $(PORT)

test: $(VENV)/test.stamp ## run the tests; what needs a browser or Java is skipped where there is none
	@exec $(VENV)/bin/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/test.stamp ## check style, layers of imports and the diagrams of docs/architecture.md
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --quiet --check src tests benchmarks docs data
	@$(VENV)/bin/lint-imports --no-logo --no-cache
	@$(VENV)/bin/python docs/draw_imports.py --check

bench: $(VENV)/test.stamp ## run the benchmarks (9 minutes); each script says what it claims
	@set -e; for script in questions endpoint pages; do \
		echo "== $$script"; $(VENV)/bin/python benchmarks/$$script.py; \
	done

attack: $(VENV)/test.stamp ## put the server under hostile queries (3 minutes) and a long load (10)
	@set -e; for script in hostile soak; do \
		echo "== $$script"; $(VENV)/bin/python benchmarks/$$script.py; \
	done

clean: ## remove .venv, builds and caches
	rm -rf $(VENV) .diplograph .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 8

$(VENV)/serve.stamp: pyproject.toml constraints.txt $(SCRIPTS)
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/serve.stamp
	@$(PIP) --editable '.[test]'
	@touch $@
