# Lắng Nghe. `make` alone lists what can be made.
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8111
WORKERS ?= $(shell echo $$(($$(nproc) + 1))) # one more: many tests wait for a process or a clock
RUN_STAMP := $(VENV)/.langnghe-run
DEV_STAMP := $(VENV)/.langnghe-dev

.DEFAULT_GOAL := help
.PHONY: help run setup test check bench drill train rasa lock

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: setup ## set up, then serve the whole demo on http://127.0.0.1:8111 (HOST=… PORT=… to change)
	$(BIN)/langnghe run --demo --host $(HOST) --port $(PORT)

setup: $(RUN_STAMP) ## make .venv with the locked packages, ready to run (again: nothing to do)

test: setup ## install what the tests need, check everything, run every test
	@scripts/test $(WORKERS)

check: setup $(DEV_STAMP) ## style, types, import rules, and the words, flows and settings
	@scripts/check

bench: setup $(DEV_STAMP) ## what a message costs each reader, and how long it takes to a page; printed, never asserted
	$(BIN)/python -m tests.bench

drill: setup ## play the exercise nights against the built-in provider fakes and print a table
	$(BIN)/langnghe drill

train: ## train the transformer reader in an environment of its own and write data/reader (TRAIN="--tiny" to try)
	scripts/train $(TRAIN)

rasa: ## build Rasa's own environment (Python 3.10), train it from data/nlu and serve it on loopback
	scripts/rasa serve

lock: $(DEV_STAMP) ## bring requirements/*.txt up to date with pyproject.toml
	scripts/lock

$(RUN_STAMP): requirements/run.txt requirements/vendor.txt pyproject.toml scripts/setup
	scripts/setup run && touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	scripts/setup dev && touch $@
