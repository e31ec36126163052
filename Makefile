# Everything a newcomer needs: `make run` and `make test`. What each needs is installed when it is missing.

BIN := .venv/bin
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts tests soak bench format lock clean

help:  ## list these commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run:  ## open the editor with a live example; without a display, run the example headless
	@.ci/setup run
	@.ci/start

test: environment  ## lint, types, contracts and tests, offscreen (LONG=1: with the long rounds)
	@$(MAKE) --no-print-directory lint types contracts tests

lint: environment
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: environment
	$(BIN)/mypy

contracts: environment
	$(BIN)/lint-imports

# LONG=1 also takes the rounds marked long, which repeat what can go wrong many times. Of thousands of tests that kill,
# starve and time real processes one may fail for the machine's sake: it is run once more, and named at the end.
tests: environment
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -rfEsR --rerun-show-tracebacks --reruns $(or $(RERUNS),1) $(if $(LONG),-m "") $(ARGS)

soak: environment  ## a mixed graph with faults for MINUTES=20, and an account of every message
	$(BIN)/python -m bench soak --minutes $(or $(MINUTES),20) $(ARGS)

bench: environment  ## the way from node to node beside its peers (ARGS=--quick: in under two minutes)
	$(BIN)/python -m bench $(ARGS)

format: environment  ## put the code in the project's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Resolves pyproject.toml anew; the locks name no registry, so that every machine may use its own.
lock: environment  ## choose the newest allowed versions of all packages
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK_FORM) --extra app pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK_FORM) --extra app --group dev \
	    -c requirements.lock pyproject.toml -o .ci/requirements-dev.lock
LOCK_FORM := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

clean:  ## remove the environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: environment
environment:
	@.ci/setup dev
	@.ci/setup libraries
