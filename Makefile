# Needs only make, a POSIX shell and Python 3.11 or newer. Everything else goes into .venv, at the versions
# and hashes of the lock files, from whatever package index your pip is configured for.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A stamp newer than the lock file and pyproject.toml means: already installed.
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
CHROMIUM := $(VENV)/.found-chromium

# The first of these that is 3.11 or newer and can make virtual environments is taken.
PYTHON ?= python3.13 python3.12 python3.11 python3 python
EMPLOYEE ?= E00042
DATA ?=
WORKERS ?= 2
PORT ?= 5000
PYTEST_ARGS ?=
LOCK_ARGS ?=

# Personnel data is at hand in every command below: no library may call home.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

# Sums in another order end in other digits: on one thread the same data make the same bundle everywhere.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check serve screenshots soak mlflow peers benchmark lock

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

install: $(RUNTIME) ## Install the library, the service and the experiments into .venv

demo: $(RUNTIME) ## Train on data/sample, check it, and recommend for one person (EMPLOYEE=E00042)
	$(BIN)/python -m experiments run experiments/recipes/value.toml --data data/sample --make-current
	$(BIN)/recommender validate data/sample
	$(BIN)/recommender recommend $(EMPLOYEE) --data data/sample

# One thread per test process: two pools of threads on the same cores only get in each other's way.
test: $(DEV) $(CHROMIUM) ## Run the tests (PYTEST_ARGS='-k store', WORKERS=2)
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

check: $(DEV) ## Lint, check the formatting and check the types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

# Without a database of your own a small one is made: the sample city, with demo accounts whose passwords are printed
# when they are made, this once (`recommender accounts demo` makes new ones). Without a model one is trained first.
SAMPLE_DATABASE := data/raw/recommender.db
SAMPLE_URL := sqlite:///$(SAMPLE_DATABASE)

serve: $(RUNTIME) ## Serve models/current over RECOMMENDER_DATABASE_URL (by default the sample city, with demo accounts)
	@mkdir -p $(dir $(SAMPLE_DATABASE))
	@test -n "$$RECOMMENDER_BUNDLE" || test -e models/current || \
		$(BIN)/python -m experiments run experiments/recipes/value.toml --data data/sample --make-current
	@test -n "$$RECOMMENDER_DATABASE_URL$$RECOMMENDER_DATABASE_URL_FILE" || { \
		if test -e $(SAMPLE_DATABASE); then $(BIN)/recommender migrate $(SAMPLE_URL); \
		else $(BIN)/recommender import data/sample --to $(SAMPLE_URL) && \
			$(BIN)/recommender accounts demo --database $(SAMPLE_URL); fi; }
	@echo "The pages: http://127.0.0.1:$${RECOMMENDER_PORT:-8000} (Ctrl-C ends it)"
	$(BIN)/python -m api

screenshots: $(DEV) $(CHROMIUM) ## Take the pictures of README.md anew, of the pages over the sample city
	@test -e models/current || \
		$(BIN)/python -m experiments run experiments/recipes/value.toml --data data/sample --make-current
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

soak: $(DEV) ## Run the fault and fuzz tests at full length (about an hour)
	SOAK=1 SOAK_OUTAGE_SECONDS=20 $(BIN)/python -m pytest tests/faults tests/api/test_ops_database.py $(PYTEST_ARGS)

benchmark: $(if $(DATA),$(RUNTIME)) ## Compare all recipes on real data (DATA=FOLDER)
	@test -n '$(DATA)' || { echo 'Say which data to compare on: make benchmark DATA=FOLDER' >&2; exit 2; }
	$(BIN)/python -m experiments benchmark '$(DATA)'

# The page needs many more libraries than tracking does: they have an environment of their own, made when first
# asked for, at the version that writes the store.
MLFLOW := .venv-mlflow
MLFLOW_VERSION = $(shell sed -n 's/^mlflow-skinny==\([^ ]*\).*/\1/p' requirements.lock)
STORE = $(or $(MLFLOW_TRACKING_URI),sqlite:///$(CURDIR)/mlflow.db)

mlflow: $(MLFLOW)/.installed ## Open the tracking page on the local store (PORT=5000)
	@echo 'The tracking page: http://127.0.0.1:$(PORT) (Ctrl-C ends it)'
	@MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(MLFLOW)/bin/mlflow ui --workers 1 \
		--backend-store-uri '$(STORE)' --host 127.0.0.1 --port $(PORT)

# What the leaderboard compares with needs other versions than ours do, and gigabytes: an environment of its own.
PEERS := .venv-peers
PEERS_WANTED := experiments/peers/requirements.txt experiments/peers/requirements-lightfm.txt
PEERS_PIP := $(PEERS)/bin/python -m pip --disable-pip-version-check

peers: $(PEERS)/.installed ## Install the peers of the leaderboard into .venv-peers

# The pins in the present lock files are kept where they still fit; LOCK_ARGS=--upgrade takes the newest.
COMPILE := $(BIN)/python -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command 'make lock'

lock: $(VENV)/pyvenv.cfg ## Write the lock files anew from pyproject.toml (LOCK_ARGS=--upgrade)
	@$(PIP) install --quiet --quiet uv
	$(COMPILE) $(LOCK_ARGS) --extra api --extra experiments --extra dask --output-file requirements.lock
	$(COMPILE) $(LOCK_ARGS) --extra dev --extra dask --constraint requirements.lock --output-file requirements-dev.lock

$(VENV)/pyvenv.cfg:
	@found=; \
	for python in $(PYTHON); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		$$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
		exec $$python -m venv --clear $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found cannot make virtual environments: install its venv module (Debian: apt install python3-venv)."; \
	else \
		echo 'No Python 3.11 or newer was found. Install one, or name it: make install PYTHON=/path/to/python3'; \
	fi >&2; \
	exit 1

# Compiling all of every library takes longer than the rest of the installation, and few modules are ever used:
# Python compiles those at their first import.
$(RUNTIME): $(VENV)/pyvenv.cfg pyproject.toml requirements.lock
	@echo 'Installing the locked libraries into $(VENV): about 180 MB the first time.'
	@$(PIP) install --quiet --quiet --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --quiet --quiet --no-deps --editable .
	@touch $@

# The tests turn warnings into errors, and compiling somebody else's module may warn: so here all are compiled first.
$(DEV): $(RUNTIME) requirements-dev.lock
	@echo 'Installing the locked development tools into $(VENV).'
	@$(PIP) install --quiet --quiet --no-compile --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -q -q -j $(WORKERS) $(VENV)/lib || true
	@touch $@

# The pages are tested in a real browser. Where there is none and it may be installed, Debian's is; else the tests
# that need it say what to do.
$(CHROMIUM): $(VENV)/pyvenv.cfg
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null; then touch $@; exit; fi; \
	done; \
	if test "$$(id -u)" = 0; then as=env; else as='sudo -n env'; fi; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
		echo 'Installing Chromium, in which the pages are tested.'; \
		$$as apt-get update -qq && \
		$$as DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null && \
		touch $@ && exit; \
	fi; \
	echo 'No Chromium was found, and none can be installed from here: the tests of the pages will say what to do.' >&2

$(MLFLOW)/.installed: $(VENV)/pyvenv.cfg requirements.lock
	@echo 'Installing MLflow $(MLFLOW_VERSION) with its page into $(MLFLOW): about 850 MB.'
	@$(BIN)/python -m venv --clear $(MLFLOW)
	@$(MLFLOW)/bin/python -m pip --disable-pip-version-check install --quiet --quiet mlflow==$(MLFLOW_VERSION)
	@touch $@

$(PEERS)/.installed: $(VENV)/pyvenv.cfg $(PEERS_WANTED)
	@echo 'Installing the peers into $(PEERS): on Linux about 6 GB, most of it the CUDA libraries of PyTorch.'
	@$(BIN)/python -m venv --clear $(PEERS)
	@$(PEERS_PIP) install --quiet --quiet -r $(word 1,$(PEERS_WANTED))
	@$(PEERS_PIP) install --quiet --quiet -r $(word 2,$(PEERS_WANTED)) || \
		echo 'LightFM could not be built, which takes a C compiler: the leaderboard goes without it.' >&2
	@touch $@
