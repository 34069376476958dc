# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the targets. Each installs what it needs: Python packages into .cache/venv, an engine with apt-get.

SERVER ?= mysql-9.7
REPLICAS ?= 1
PLAYBOOK ?= site
HOST ?= primary
SCENARIO ?= --all

VENV := .cache/venv
PYTHON_READY := $(VENV)/.python
TOOLS_READY := $(VENV)/.requirements
BOOTSTRAP := molecule/resources/bootstrap.sh
TESTBED := PYTHONPATH=molecule/resources $(VENV)/bin/python -m testbed

# SQL and arguments reach programs through the environment as they were written: neither make nor a shell reads them.
export TESTBED_SQL = $(value SQL)
export TESTBED_ARGS = $(value ARGS)
export TESTBED_SERVER = $(SERVER)
unexport SQL ARGS

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help up down play sql images unit molecule clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

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

unit: $(TOOLS_READY) ## the unit tests: [ARGS='-k gtid']
	@PYTHONPATH="$$($(TESTBED) link)" $(VENV)/bin/python -m pytest tests/unit $(ARGS)

molecule: $(TOOLS_READY) ## Molecule's scenarios: [SCENARIO=default] [SERVER=mysql-9.7]
	@$(TESTBED) molecule "$(SCENARIO)"

clean: ## remove the practice topology and what was installed and cached here
	@if [ -e $(PYTHON_READY) ]; then $(TESTBED) down; fi
	@rm -rf .cache .practice

$(PYTHON_READY): $(BOOTSTRAP)
	@$(BOOTSTRAP) python $(VENV)
	@touch $@

$(TOOLS_READY): $(PYTHON_READY) requirements/dev.txt
	@$(BOOTSTRAP) requirements $(VENV) requirements/dev.txt
	@touch $@
