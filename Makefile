# make run    serve on http://127.0.0.1:$(PORT); the first time, set everything up and show the login and the key
# make demo   serve made-up spend on a database of its own, made anew each time, on http://127.0.0.1:8001
# make test   the whole suite, on SQLite and PostgreSQL, and the core of it on every other Python found
# make chaos  real clients against the server while it is killed, cut off and starved: nothing lost, nothing doubled (5 min)
# make chaos-short  each of its faults once on each database, for CI
# make bench  ours beside the least that any backend must do, and beside the obvious one (bench-full: longer, and larger)
# make lint   ruff, mypy, and whether the migrations match the models
# make lighthouse  the overview's performance, accessibility and best practices; below 95 fails, but for the phone's performance, which is only told
# make fuzz   many hostile bodies against the API (COUNT=50000 SEED=1)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
STATIC := var/static/staticfiles.json
OLD_LITELLM := .venv-litellm-1.14.4
OTHER_PYTHONS := 3.12 3.13
# Two at once must not both install into .venv.
ALONE := $(shell mkdir -p -m 700 var; command -v flock >/dev/null && echo flock var/make.lock)
# Nor must one demo empty the database of another that is served.
ONE_DEMO := $(shell command -v flock >/dev/null && echo flock --nonblock --conflict-exit-code 75 var/demo.lock)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test chaos chaos-short lint set-up dev
.DELETE_ON_ERROR:

run:
	@$(ALONE) $(MAKE) --no-print-directory set-up
	@exec $(BIN)/gunicorn

# To look at and to try things on: DEMO="--users 500 --weeks 20 --seed 7" for more or other spend.
.PHONY: demo serve-demo prepared
demo: export DATABASE_URL := sqlite:///var/demo.sqlite3
demo: export DJANGO_HTTPS := 0
demo: export PORT ?= 8001
demo:
	@$(ALONE) $(MAKE) --no-print-directory prepared
	@$(ONE_DEMO) $(MAKE) --no-print-directory serve-demo || { [ $$? != 75 ] || echo "Another make demo is running." >&2; exit 1; }

prepared: $(VENV)/.runtime .env $(STATIC)
	@:

serve-demo:
	@rm -f var/demo.sqlite3 var/demo.sqlite3-wal var/demo.sqlite3-shm
	@$(MANAGE) demo $(DEMO)
	@exec $(BIN)/gunicorn

set-up: $(VENV)/.runtime .env $(STATIC)
	@$(MANAGE) set_up

# Nothing here runs again until the requirements change.
$(VENV)/.runtime: requirements.txt constraints.txt
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

LIVE := client or browser or overload or hostile
ON_POSTGRESQL = $(BIN)/python budgets/tests/harness/postgresql.py $(BIN)/python -m pytest
# Each has a database and ports of its own, so two run at once, the longest first; what one says is shown when it ends.
SUITES := test-live-sqlite test-sqlite test-live-postgresql test-postgresql $(addprefix test-python-,$(OTHER_PYTHONS))
# The rules are pure: broken, they are noticed on either database. Pages look the same on either, too, and who is slow
# to send meets none.
SLOW_CLIENTS := budgets/tests/overload/test_slow_clients.py
PAGES_SEEN := budgets/tests/browser/test_every_page.py
RULES_BROKEN := budgets/tests/simulation/test_simulation.py::test_a_broken_rule_is_noticed
.PHONY: test-sqlite test-postgresql test-live-sqlite test-live-postgresql

test: dev $(STATIC) $(OLD_LITELLM)/.installed
	@$(MAKE) --no-print-directory system-packages
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(SUITES)

test-sqlite:
	@echo "Testing on SQLite, all that needs no live server ..."
	@$(BIN)/python -m pytest -m 'not ($(LIVE))'

test-postgresql:
	@echo "Testing on PostgreSQL, all that needs no live server ..."
	@$(ON_POSTGRESQL) -m 'not ($(LIVE))' --deselect $(RULES_BROKEN)

test-live-sqlite:
	@echo "Testing live servers on SQLite ..."
	@$(BIN)/python -m pytest -m '$(LIVE)'

test-live-postgresql:
	@echo "Testing live servers on PostgreSQL ..."
	@$(ON_POSTGRESQL) -m '$(LIVE)' --deselect $(PAGES_SEEN) --deselect $(SLOW_CLIENTS)

# Options go into ARGS: make chaos ARGS="--seed 7 --rounds 2 --only sqlite"
chaos chaos-short: dev $(STATIC) $(OLD_LITELLM)/.installed
	@$(MAKE) --no-print-directory system-packages
	@$(BIN)/python -m budgets.tests.chaos $(if $(filter chaos-short,$@),--short) $(ARGS)

lint: dev .env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(MANAGE) makemigrations --check --dry-run

dev: $(VENV)/.dev

$(OLD_LITELLM)/.installed: budgets/tests/client/requirements-litellm-1.14.4.txt
	@echo "Installing an old litellm into $(OLD_LITELLM), to test with its client ..."
	@$(PYTHON) -m venv $(OLD_LITELLM)
	@$(OLD_LITELLM)/bin/python -m pip install -qq --requirement $<
	@touch $@

# What the tests need that pip cannot bring; as root on Debian it is installed, elsewhere the tests say what is missing.
.PHONY: system-packages postgresql-package
system-packages: postgresql-package
	@if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then $(call apt_install,chromium); fi
	@if ! command -v npm >/dev/null; then $(call apt_install,npm); fi
	@$(ALONE) $(MAKE) --silent --no-print-directory budgets/tests/browser/node_modules/.installed

postgresql-package:
	@if ! { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1; then $(call apt_install,postgresql); fi

# What the browser tests take from npm, as the lock has it; nothing of it is run at installing.
%/node_modules/.installed: %/package-lock.json
	@echo "Installing $*/package.json ..."
	@npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Performance, accessibility and best practices of the overview, with the demo's data: each must reach 95.
.PHONY: lighthouse
lighthouse: dev $(STATIC)
	@$(MAKE) --no-print-directory system-packages budgets/tests/lighthouse/node_modules/.installed
	@$(BIN)/python -m budgets.tests.lighthouse

apt_install = [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "Install Debian's package $(1), or run this as root." >&2; exit 1; }; \
	echo "Installing Debian's package $(1) ..."; \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $(1) >/dev/null

# The core of the suite on another Python, where there is one on PATH or under pyenv; what pages show, on the newest alone.
.PHONY: $(addprefix test-python-,$(OTHER_PYTHONS))
$(addprefix test-python-,$(OTHER_PYTHONS)): test-python-%: .env
	@python=$$(for candidate in "$$(command -v python$*)" "$$HOME"/.pyenv/versions/$*.*/bin/python$*; do \
		"$$candidate" -c '' 2>/dev/null && echo "$$candidate"; done | tail -n 1); \
	if [ -z "$$python" ]; then echo "No Python $* here: not tested on it."; exit 0; fi; \
	$(MAKE) --no-print-directory .venv-$*/.dev PYTHON="$$python" && \
	echo "Testing the core on Python $* ..." && \
	.venv-$*/bin/python -m pytest -m 'not ($(LIVE))' --ignore=budgets/tests/simulation \
		$(if $(filter $*,$(lastword $(OTHER_PYTHONS))),,--ignore=budgets/tests/admin --ignore=budgets/tests/dashboard)

.venv-%/.dev: requirements-dev.txt requirements.txt constraints.txt
	@echo "Installing requirements-dev.txt into .venv-$* ..."
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install -qq --requirement requirements-dev.txt
	@touch $@

# How the server bears more than it can take, in figures.
.PHONY: overload
overload: dev $(STATIC)
	@$(MAKE) --no-print-directory system-packages
	@echo "On SQLite ..."
	@$(BIN)/python -m budgets.tests.overload.measure
	@echo "On PostgreSQL ..."
	@$(BIN)/python budgets/tests/harness/postgresql.py $(BIN)/python -m budgets.tests.overload.measure

# The pictures in docs/images, of a server filled with made-up spend.
.PHONY: screenshots
screenshots: dev $(STATIC)
	@$(MAKE) --no-print-directory system-packages
	@$(BIN)/python -m budgets.tests.browser.screenshots docs/images

# Hostile bodies: COUNT of them, from SEED on; a failure prints the seed and round that bring it back.
COUNT ?= 50000
SEED ?= $(shell date +%s)
# Many histories of stock clients, each held against an auditor; then each rule of the reconciliation broken in turn.
HISTORIES ?= 1000
.PHONY: simulate mutations
simulate: dev .env
	@echo "On SQLite ..."
	@$(BIN)/python -m budgets.tests.simulation --histories $(HISTORIES) --seed $(SEED)
	@$(MAKE) --no-print-directory system-packages
	@echo "On PostgreSQL, a tenth as many ..."
	@$(BIN)/python budgets/tests/harness/postgresql.py $(BIN)/python -m budgets.tests.simulation --histories $$(( ($(HISTORIES) + 9) / 10 )) --seed $(SEED)

mutations: dev .env
	@$(BIN)/python -m budgets.tests.simulation --mutations

# What hangs on the hour or the day: a second before the year ends and one after, an evening of 29 February, and now.
MOMENTS ?= 2026-12-31T23:59:58+00:00 2027-01-01T00:00:01+00:00 2028-02-29T23:30:00+00:00 $(shell date --utc +%FT%T+00:00)
.PHONY: test-moments
test-moments: dev .env $(STATIC)
	@for moment in $(MOMENTS); do echo "As if at $$moment ..." && \
		$(BIN)/python -m pytest -q -m 'not ($(LIVE))' --ignore=budgets/tests/simulation --as-if-at=$$moment || exit; done

# The long forms, for a night: a fresh seed each time, and it is printed.
.PHONY: nightly
nightly:
	@seed=$$(date +%Y%m%d) && echo "Seed $$seed" && \
	$(MAKE) simulate HISTORIES=20000 SEED=$$seed && $(MAKE) mutations && $(MAKE) test-moments && \
	$(MAKE) fuzz COUNT=50000 SEED=$$seed && $(MAKE) overload && $(MAKE) chaos

.PHONY: fuzz
fuzz: dev .env
	@$(BIN)/python -W ignore -m budgets.tests.hostile.run --count $(COUNT) --seed $(SEED)
	@SCHEMATHESIS_EXAMPLES=500 $(BIN)/python -m pytest -q --show-capture=no budgets/tests/hostile/test_description.py

# Ours beside the least that any backend must do, and beside the obvious one: tables in Markdown.
.PHONY: bench bench-full
bench bench-full: dev $(STATIC)
	@$(MAKE) --no-print-directory postgresql-package
	@$(BIN)/python -m budgets.tests.bench $(if $(filter bench-full,$@),--full) $(ARGS)
	@$(BIN)/python budgets/tests/harness/postgresql.py $(BIN)/python -m budgets.tests.bench $(if $(filter bench-full,$@),--full) $(ARGS)
