# make run    serve on http://127.0.0.1:$(PORT); the first time, set everything up and show the login and the key
# make test   the whole suite, on SQLite and PostgreSQL, and the core of it on every other Python found
# make lint   ruff, mypy, and whether the migrations match the models

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
STATIC := var/static/staticfiles.json
OLD_LITELLM := .venv-litellm-1.14.4
OTHER_PYTHONS := 3.12 3.13
# Two at once must not both install into .venv.
ALONE := $(shell mkdir -p -m 700 var; command -v flock >/dev/null && echo flock var/make.lock)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test lint set-up dev
.DELETE_ON_ERROR:

run:
	@$(ALONE) $(MAKE) --no-print-directory set-up
	@exec $(BIN)/gunicorn

set-up: $(VENV)/.runtime .env $(STATIC)
	@$(MANAGE) set_up

# Nothing here runs again until the requirements change.
$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing requirements.txt into $(VENV) (a minute or two, the first time) ..."
	@$(BIN)/python -m pip install -qq --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing requirements-dev.txt into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --requirement requirements-dev.txt
	@touch $@

.env: | $(VENV)/.runtime
	@echo "Writing .env with a fresh secret ..."
	@$(BIN)/python -c 'from pathlib import Path; from budgetsite.environment import write_dotenv; write_dotenv(Path(".env"))'

$(STATIC): $(VENV)/.runtime $(shell find static -type f) | .env
	@echo "Collecting static files ..."
	@$(MANAGE) collectstatic --no-input --verbosity 0
	@touch $@
