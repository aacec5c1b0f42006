# The two that matter: `make demo` sets everything up and runs the main job; `make test` sets everything up and tests it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
ARGS ?=
CENTRIFUGO := v6.9.1

.PHONY: help demo test serve protos check bench bench-peers clean

help: ## shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Made anew when the lock file changes. Python 3.11 or newer is all it needs; uv comes from PyPI.
.venv/.ready: uv.lock pyproject.toml clients/python/pyproject.toml .ci/setup
	@.ci/setup
	@touch $@

demo: .venv/.ready ## sets up, starts the service with what it embeds, and shows a day of deliveries live
	@$(BIN)/doorstepd demo $(ARGS)

test: .venv/.ready ## sets up and runs all tests
	@$(BIN)/python -m pytest $(ARGS)

serve: .venv/.ready ## sets up and runs the service on this machine
	@$(BIN)/doorstepd serve $(ARGS)

protos: .venv/.ready ## generates the stubs from protos/
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/protos

check: .venv/.ready ## style, types, imports, the contract, and that generated code is as generated
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/check

bench: .venv/.ready ## measures the service beside its peers and prints one table
	@PATH="$(CURDIR)/$(BIN):$$PATH" python tests/bench/run.py $(ARGS)

bench-peers: ## builds the peers in Go that `make bench` compares with
	@cd tests/bench/go && go build -o bin/ ./...
	@GOBIN="$(CURDIR)/tests/bench/go/bin" go install github.com/centrifugal/centrifugo/v6@$(CENTRIFUGO) || \
	  echo "Centrifugo could not be built; its library stands for it"

clean: ## removes what was set up
	rm -rf .venv .doorstep
