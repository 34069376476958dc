# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the targets. Each installs what it needs: Python packages into .cache/venv, an engine with apt-get.

SERVER ?= mysql-9.7
REPLICAS ?= 1
PLAYBOOK ?= site
HOST ?= primary
SCENARIO ?=

VENV := .cache/venv
PYTHON_READY := $(VENV)/.python
TOOLS_READY := $(VENV)/.requirements
BOOTSTRAP := molecule/resources/bootstrap.sh
TESTBED := PYTHONPATH=molecule/resources $(VENV)/bin/python -m testbed
GATES := PYTHONPATH=tests/tools:molecule/resources $(VENV)/bin/python -m gates
# Images are fetched and unpacked beside tests that compute; whoever needs one before would wait for it, and with them a core.
PARTS := lint unit+images sanity build molecule

# SQL and arguments reach programs through the environment as they were written: neither make nor a shell reads them.
export TESTBED_SQL = $(value SQL)
export TESTBED_ARGS = $(value ARGS)
export TESTBED_SERVER = $(SERVER)
unexport SQL ARGS

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo up down play sql images test lint format unit sanity build integration molecule bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(TOOLS_READY) ## enforce, break as in a real outage, name the cause, repair: on a throw-away pair
	@$(VENV)/bin/python examples/demo.py

up: $(PYTHON_READY) ## a practice topology: [SERVER=mysql-9.7|mariadb-10.11|mariadb-11.8] [REPLICAS=1] [ARGS='--no-tls …']
	@$(TESTBED) up --replicas "$(REPLICAS)" $(ARGS)

down: $(PYTHON_READY) ## remove the practice topology
	@$(TESTBED) down

play: $(TOOLS_READY) ## a playbook of the collection on the practice topology: PLAYBOOK=site [ARGS='--check --diff']
	@$(TESTBED) play "$(PLAYBOOK)"

sql: $(PYTHON_READY) ## SQL as root: HOST=primary SQL='SELECT 1; SHOW REPLICA STATUS\G'
	@$(TESTBED) sql "$(HOST)"

images: $(PYTHON_READY) ## build the test bed's images ahead of time
	@$(TESTBED) images

test: $(PYTHON_READY) ## all tests, and where their time goes: [PARTS='lint unit']
	@$(GATES) test $(PARTS)

lint: $(PYTHON_READY) ## static checks of Python, YAML, Ansible content, documentation and changelog
	@$(GATES) lint

format: $(PYTHON_READY) ## lay the Python code out as `make lint` wants it
	@$(GATES) format

unit: $(PYTHON_READY) ## the unit tests on every supported Python that is found: [ARGS='-k gtid']
	@$(GATES) unit

sanity: $(PYTHON_READY) ## ansible-test sanity with ansible-core 2.19 and 2.21
	@$(GATES) sanity

build: $(PYTHON_READY) ## build the collection, install it into .cache/installed, and check the installed copy
	@$(GATES) build

integration: $(TOOLS_READY) ## each fault on real servers: [ARGS='-k REVOKE --server mariadb-11.8'] [ARGS=--in-full]
	@$(VENV)/bin/python -m pytest tests/integration --numprocesses 3 --dist loadgroup --durations 15 $(ARGS)

molecule: $(TOOLS_READY) ## Molecule's scenarios: [SCENARIO=default] [SERVER=mysql-9.7]
	@$(if $(SCENARIO),$(TESTBED) molecule $(SCENARIO),$(GATES) molecule)

bench: $(TOOLS_READY) ## what a no-op, reading and judging cost: [ROUNDS=5] [ARGS='reading outage']
	@$(VENV)/bin/pip install --quiet --no-deps --ignore-requires-python --upgrade --target .cache/bench-collections --requirement requirements/bench.txt
	@$(VENV)/bin/python tests/bench/bench.py $(ARGS)

clean: ## remove the practice topology and what was installed and cached here
	@if [ -e $(PYTHON_READY) ]; then $(TESTBED) down; fi
	@rm -rf .cache .practice

$(PYTHON_READY): $(BOOTSTRAP)
	@$(BOOTSTRAP) python $(VENV)
	@touch $@

$(TOOLS_READY): $(PYTHON_READY) requirements/dev.txt
	@$(BOOTSTRAP) requirements $(VENV) requirements/dev.txt
	@touch $@
