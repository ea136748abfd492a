# make help   shows what there is.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install demo test test-bluez lint bench accuracy soak fuzz growth strips faults load pages year lock clean

VENV   := .venv
PYTHON := $(VENV)/bin/python
STAMP  := $(VENV)/.installed
# The newest Python 3.11 or later on this machine.
FIND_PYTHON = for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done

help:      ## show this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

install: $(STAMP)  ## make .venv with all that is pinned, and the command .venv/bin/lumbar

$(STAMP): pyproject.toml deploy/requirements.lock
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then ./deploy/system-packages.sh python3.11:python3; python=$$($(FIND_PYTHON)); fi; \
	if [ -z "$$python" ]; then echo "Python 3.11 or later is needed" >&2; exit 1; fi; \
	$$python -c 'import ensurepip' 2>/dev/null || ./deploy/system-packages.sh "no-program:$$($$python -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## run the whole product on simulated parts, with a page in the browser
	-@./deploy/system-packages.sh mosquitto:mosquitto
	@$(VENV)/bin/lumbar demo $(ARGS)

test: install  ## run every test (under 10 minutes)
	-@./deploy/system-packages.sh mosquitto:mosquitto mosquitto_sub:mosquitto-clients chromium:chromium
	-@./deploy/system-packages.sh influxd:influxdb nginx:nginx-light dbus-daemon:dbus
	@$(PYTHON) -m tests.at_once $(ARGS)

test-bluez: install  ## the gateway on the real BlueZ, in a small virtual machine (ARGS=--long: 300 reconnects)
	-@./deploy/system-packages.sh qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs depmod:kmod cpio:cpio
	@$(PYTHON) -m tests.bluez $(ARGS)

lint: install  ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

bench: install  ## cost of the signal core, beside its two VQF passes
	@$(PYTHON) -m tests.bench_core $(ARGS)

accuracy: install  ## angles, lifts and whole days against recordings of real people and simulated ones
	@$(PYTHON) -m tests.accuracy $(ARGS)

soak: install  ## the main job with parts struck at random, for minutes; then both ends compared
	-@./deploy/system-packages.sh mosquitto:mosquitto
	@$(PYTHON) -m tests.soak $(ARGS)

fuzz: install  ## ten million hostile frames, answers, statuses and commands
	@$(PYTHON) -m tests.fuzz $(ARGS)

growth: install  ## the gateway's memory over a simulated day
	@$(PYTHON) -m tests.growth $(ARGS)

strips: install  ## eight strips at once on one radio, each with its gateway
	@$(PYTHON) -m tests.many_strips $(ARGS)

faults: install  ## kill a clinic's parts twenty times in a stream of 20,000 events, with either store
	-@./deploy/system-packages.sh mosquitto:mosquitto influxd:influxdb nginx:nginx-light
	@$(PYTHON) -m tests.clinic_faults --store sqlite $(ARGS)
	@$(PYTHON) -m tests.clinic_faults --store influx $(ARGS)

load: install  ## a clinic of 200 patients, and reading a year, with either store
	-@./deploy/system-packages.sh mosquitto:mosquitto influxd:influxdb nginx:nginx-light
	@for store in influx sqlite; do \
		$(PYTHON) -m tests.clinic_load --store $$store $(ARGS) && \
		$(PYTHON) -m tests.clinic_load --store $$store --year; done

pages: install  ## how soon the pages answer with a year of 100 patients, with either store
	-@./deploy/system-packages.sh influxd:influxdb
	@for store in sqlite influx; do $(PYTHON) -m tests.page_times --store $$store $(ARGS); done

year: install  ## every worn minute of a year of 20 patients, in either store: half an hour, 8 GB
	-@./deploy/system-packages.sh influxd:influxdb nginx:nginx-light
	@LUMBAR_TEST_WHOLE_YEAR=1 $(PYTHON) -m pytest -s --timeout=7200 -k test_a_year_of_minutes \
		tests/analysis/trends/test_store.py $(ARGS)

lock:      ## pin the dependencies anew
	@$(PYTHON) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--all-extras --upgrade pyproject.toml -o deploy/requirements.lock
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--constraints deploy/requirements.lock pyproject.toml -o deploy/requirements-run.lock

clean:     ## remove what was made
	@rm -rf $(VENV) build out *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
