# Two commands set everything up by themselves: `make demo` and `make test`. Python 3.11 or newer is all they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint deb test-engines test-postgresql test-browser test-monitoring test-systemd bench soak fuzz man completion requirements clean

demo: $(VENV)/.run
	@$(BIN)/folder-sync demo

# More processes than cores, for many tests wait: for a server, for a photo to stand still.
test: lint
	$(BIN)/python -m pytest --numprocesses 3 --dist loadscope --cov --cov-report=term

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# dist/folder-sync_VERSION_ARCHITECTURE.deb, for the Debian that this is run on.
deb:
	packaging/build-deb dist

# The crash and the fault matrix as a whole on PostgreSQL too, of which `make test` tries the heart there.
test-engines: $(VENV)/.dev
	ENGINES=all $(BIN)/python -m pytest --numprocesses 2 --dist loadscope tests/system/test_crash_matrix.py tests/system/test_fault_matrix.py

# What needs PostgreSQL, on Debian's instead of the one of the development requirements, and through its PgBouncer. As
# root, where Debian's packages are missing.
test-postgresql: $(VENV)/.dev
	@{ ls /usr/lib/postgresql/*/bin/postgres && PATH=$$PATH:/usr/sbin which pgbouncer; } > /dev/null 2>&1 || \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends postgresql pgbouncer; }
	POSTGRES_BIN=$$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1) $(BIN)/python -m pytest \
	  --numprocesses 2 --dist loadscope --durations 5 \
	  -k "postgres or machines or lease or moving or shared or whose or server" \
	  tests/postgresql tests/unit tests/property/test_store_machine.py tests/integration/test_records_on_a_server.py

# As root: boots a Debian of its own and installs everything there as docs/install.md says. What it takes of Debian's
# packages is installed where it is missing; the Debian is made once, in a minute, and kept in ~/.cache/folder-sync.
test-systemd: $(VENV)/.dev
	@{ which debootstrap systemd-nspawn lintian && /usr/bin/python3 -c 'import ensurepip'; } > /dev/null 2>&1 || \
	  { apt-get -qq update && apt-get -qq install --no-install-recommends debootstrap systemd-container lintian python3-venv; }
	$(BIN)/python -m pytest tests/systemd --timeout 400 --durations 5

# The page in a real browser, which is installed where there is none. Pictures of every page are left in
# build/screenshots, to be looked at.
test-browser: $(VENV)/.dev
	@which chromium chromium-browser google-chrome > /dev/null 2>&1 || \
	  { apt-get -qq update && apt-get -qq install --no-install-recommends chromium fonts-dejavu-core; }
	$(BIN)/python -m pytest tests/browser --timeout 400 --durations 5

# The alerts of monitoring/, by Prometheus's own tool. Where it is missing it is taken out of Debian's package: installing
# that would start a Prometheus.
PROMTOOL := $(or $(shell which promtool 2> /dev/null),build/usr/bin/promtool)
test-monitoring: $(PROMTOOL)
	$(PROMTOOL) check rules monitoring/folder-sync.rules.yml
	$(PROMTOOL) test rules monitoring/folder-sync.rules.test.yml

build/usr/bin/promtool:
	@mkdir -p build
	apt-get -qq update
	cd build && apt-get -qq download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# A long, bad day: `make soak MINUTES=300 SEED=7 SUPERSEDED=delete`, or `make soak MACHINES=3` on one PostgreSQL (as
# root each machine has a network of its own, which is cut). Prints its seed, and fails where a photo is lost or there twice.
MINUTES ?= 30
soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(SUPERSEDED),--superseded $(SUPERSEDED)) $(if $(MACHINES),--machines $(MACHINES))

# Each of the three for so long. Guided by coverage where atheris is there (`pip install atheris`), else at random.
SECONDS ?= 60
fuzz: $(VENV)/.dev
	for target in names images answers; do $(BIN)/python -m tests.fuzz $$target --seconds $(SECONDS) || exit 1; done

# What a package installs beside the program; both follow from the commands themselves.
man: $(VENV)/.run
	@mkdir -p build
	$(BIN)/python -m folder_sync.cli.manual > build/folder-sync.1

completion: $(VENV)/.run
	@mkdir -p build/completion
	for shell in bash zsh fish; do \
	  _FOLDER_SYNC_COMPLETE=$${shell}_source $(BIN)/folder-sync > build/completion/folder-sync.$$shell || exit 1; done
	@# zsh loads it as the function of the file's name; under another, the second Tab of every shell is lost.
	sed -i s/_folder_sync_completion/_folder-sync/ build/completion/folder-sync.zsh

# Pins what pyproject.toml leaves open, with hashes, naming no index. Needs pip-tools (`pip install pip-tools`).
requirements:
	$(BIN)/python -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra web --extra notify --extra postgres --build-deps-for wheel \
	  --output-file requirements.txt pyproject.toml
	$(BIN)/python -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --all-extras --build-deps-for wheel \
	  --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "folder-sync needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV), once ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
