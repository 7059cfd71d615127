# Techdesk's commands. Needed on the machine: Python 3.11 or newer, make and git. Everything else is
# installed into .venv and var/ inside this folder.

SHELL := /bin/sh
EMBEDDED := .venv/bin/python -m techdesk.embedded
# What a production installation sets; `check` looks at the settings it leads to.
PRODUCTION := env -u TECHDESK_DEBUG -u TECHDESK_DEMO TECHDESK_BASE_URL=https://techdesk.example \
	TECHDESK_ALLOWED_HOSTS=techdesk.example
# `make test ARGS="-k custody"` hands arguments to pytest.
ARGS ?=

# The first Python of the right version; PYTHON=… overrides. A version manager's stand-in for a Python
# that is not installed does not run, so each candidate has to answer.
FIND_PYTHON = for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python3.14 python); do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; \
	python=; done; \
	if [ -z "$$python" ]; then \
	echo "techdesk: Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3 …" >&2; \
	exit 1; fi

.PHONY: help run test check bench long texts lock clean install-run install-dev

help: ## this list
	@echo "Techdesk: make run, then open the address it prints."
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: install-run ## everything, with a demo district, until Ctrl-C (PORT=9000 for another port)
	@exec $(EMBEDDED) run

test: install-dev ## the whole test suite, browser journeys included
	@.venv/bin/python -m techdesk.embedded.browser
	@exec $(EMBEDDED) test -- .venv/bin/python -m techdesk.embedded.suite $(ARGS)

check: install-dev ## formatting, lint, types, import contracts, migrations, production settings
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	@echo "djade --check (all templates)"
	@find . -path ./.venv -prune -o -path ./var -prune -o -path '*/templates/*.html' -print0 \
		| xargs -0 .venv/bin/djade --check --target-version 5.2
	$(EMBEDDED) exec -- .venv/bin/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(EMBEDDED) exec -- .venv/bin/python manage.py check --deploy --fail-level WARNING

bench: install-dev ## the benchmarks: a table, and benchmarks/results/latest.json
	@exec $(EMBEDDED) exec -- .venv/bin/python -m benchmarks $(ARGS)

long: install-dev ## the tests that take too long for every day
	@.venv/bin/python -m techdesk.embedded.browser
	@exec $(EMBEDDED) test -- .venv/bin/python -m pytest -m long -p no:xdist $(ARGS)

texts: install-dev ## find new texts to translate, in locale/ (needs gettext's xgettext)
	@command -v xgettext >/dev/null || { echo "techdesk: install gettext first (only for this command)" >&2; exit 1; }
	env -u DJANGO_SETTINGS_MODULE .venv/bin/django-admin makemessages -l es --no-location --no-obsolete \
		-i 'tests/*' -i 'docs/*' -i '.venv/*' -i 'var/*' -i 'benchmarks/*'
	.venv/bin/python -m techdesk.base.catalogues locale/*/LC_MESSAGES/django.po

lock: install-dev ## find newer versions of all requirements and write the lock files
	cd requirements && for set in uv base run dev; do \
		case $$set in run) with="-c base.txt" ;; dev) with="-c run.txt" ;; *) with= ;; esac; \
		../.venv/bin/uv pip compile --system-certs --universal --generate-hashes --python-version 3.11 --upgrade -q --no-header \
			$$with $$set.in -o $$set.txt || exit 1; \
	done
	@if grep -nE '^--|://' requirements/*.txt; then echo "techdesk: a lock file names an address" >&2; exit 1; fi

clean: ## remove .venv, caches and the tests' data; the data of make run stays
	@if [ -x .venv/bin/python ]; then $(EMBEDDED) down; fi
	rm -rf .venv var/test-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Asking .venv's own Python first spares the search when nothing is to be done.
install-run install-dev: install-%:
	@if .venv/bin/python techdesk/embedded/install.py --is-installed $* 2>/dev/null; then exit 0; fi; \
	$(FIND_PYTHON); exec "$$python" techdesk/embedded/install.py $*
