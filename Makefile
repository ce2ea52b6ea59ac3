# The commands of the README. Each makes the virtual environment that it needs; a second call is instant.
PYTHON ?= python3
# Another Python needs an environment of its own: make test PYTHON=python3.13 VENV=var/venv-3.13
VENV ?= .venv
BIND ?= 127.0.0.1:8000
# Tests at the same time: many of them wait for processes.
TESTERS ?= $(shell expr $$(nproc) + 1)
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-find-links
# What a production start needs, for checks that start nothing.
PRODUCTION := env DEBUG=false BASE_URL=https://hub.example.org ALLOWED_HOSTS=hub.example.org TRUST_PROXY=true \
	SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	API_KEY_PEPPER=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SECRETS_KEYS=$$($(PYTHON) -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())') \
	TASKHUB_DATA_DIR=$${TMPDIR:-/tmp}/taskhub-check

.DEFAULT_GOAL := help
.PHONY: help demo run test test-long test-clients test-browser check style types migrations deploy audit bench clean requirements

help: ## say what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: requirements.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.develops: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt -r requirements-dev.txt
	@touch $@ $(VENV)/.runs

demo: $(VENV)/.runs ## a database migration that breaks and is finished by a person, told step by step
	$(BIN)/python -m examples.db_migration.demo

run: export DEBUG ?= true
run: $(VENV)/.runs ## web, worker and beat on this machine: http://127.0.0.1:8000 (BIND=HOST:PORT)
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py serve --bind $(BIND) --background

test: $(VENV)/.develops ## the suite, on SQLite or on the DATABASE_URL given (SUITE="and not own_servers": less)
	$(BIN)/pytest -m "not browser and not long $(SUITE)" -n $(TESTERS) --dist worksteal

test-long: $(VENV)/.develops ## the suites that take minutes: kills, races, fuzzing
	$(BIN)/pytest -m "long and not browser"

test-clients: $(VENV)/.develops ## clients generated from the OpenAPI document; needs npm, Java and the package registries
	$(BIN)/pytest -m long tests/generated_clients

test-browser: $(VENV)/.develops ## the suite in a real browser (Debian's chromium)
	$(BIN)/pytest -m browser

check: style types migrations deploy audit ## style, types, migrations, deployment settings, known holes

style: $(VENV)/.develops
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/python .ci/templates

types: $(VENV)/.develops
	$(BIN)/mypy

migrations: $(VENV)/.develops
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run

deploy: $(VENV)/.develops
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: $(VENV)/.develops ## known holes in what is pinned; says so when the advisory service is out of reach
	@$(BIN)/python .ci/audit

bench: $(VENV)/.develops ## figures, not tests
	$(BIN)/python -m benchmarks

clean: ## what was built; the data in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

requirements: $(VENV)/.develops ## compile the pinned lists anew
	$(COMPILE) --output-file requirements.txt .requirements.in
	$(COMPILE) --output-file requirements-dev.txt .requirements-dev.in
