# Switchyard. `make help` says what each target is for.
SHELL := /bin/bash
GO ?= go

# Packages of the module; acceptance tests have a build tag and a target of their own.
PKG := ./...

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## play seventeen calls and show what happened (needs only Go)
	@$(GO) run ./cmd/switchyard demo

.PHONY: build
build: ## build bin/switchyard
	$(GO) build -trimpath -o bin/switchyard ./cmd/switchyard

.PHONY: test
test: postgres ## run all tests (needs Go; PostgreSQL's server binaries are installed where that is possible)
	$(GO) test -count=1 $(PKG)

.PHONY: postgres
postgres: # PostgreSQL's server binaries, which the tests start privately
	@bash scripts/postgres.sh

.PHONY: check
check: fmt vet lint race ## everything that must hold before a commit: format, vet, lint, tests with the race detector, fuzz seeds, scenarios

.PHONY: fmt
fmt: ## fail if a file is not formatted
	@out=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi

.PHONY: vet
vet: ## go vet, also of the acceptance tests
	$(GO) vet $(PKG)
	$(GO) vet -tags acceptance ./internal/acceptance/...
	$(GO) vet -tags crashpoints ./internal/crash/...

# Each linter is here for one reason:
#   staticcheck  finds mistakes vet does not, with next to no false alarms
#   exhaustive   a switch over a closed set (Outcome, Route, Verdict, Status) names every member
#   errcheck     no error is dropped by accident; a deliberate one is written `_ =`
.PHONY: lint
lint: ## run the linters pinned in go.mod
	$(GO) tool staticcheck $(PKG)
	$(GO) tool exhaustive -d -typeignore '^reflect[.]' $(PKG)
	$(GO) tool errcheck -ignoretests -exclude .errcheck $(PKG)

.PHONY: race
# SQLite is Go code here and ten times slower under the race detector. The same
# suite of the store runs under it on PostgreSQL, and whole servers on SQLite do.
# Package routing is pure, so only those of its tests that have several goroutines are.
race: postgres # `go test` runs every fuzz target's seeds and every scenario file
	$(GO) test -race -count=1 $$($(GO) list $(PKG) | grep -v -e /store/sqlite -e /routing$$)
	$(GO) test -count=1 ./internal/store/sqlite ./routing
	$(GO) test -race -count=1 -run 'Together|AtOnce|Goroutines|LeastRecentlyUsed' ./routing
	$(GO) test -race -count=1 -tags crashpoints ./internal/crash

.PHONY: fuzz
# Making an input that found something new shorter may take a minute: not that long.
fuzz: ## fuzz every target for 20 s each
	@for t in $$(grep -rlE '^func Fuzz' --include='*_test.go' .); do \
	  for f in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$t | sed 's/func //'); do \
	    echo "== $$f ($$(dirname $$t))"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 20s -fuzzminimizetime 10x ./$$(dirname $$t) || exit 1; done; done

.PHONY: bench
bench: ## Go benchmarks (figures and their meaning: docs/benchmarks.md)
	$(GO) test -run '^$$' -bench . -benchmem $(PKG)

.PHONY: soak
soak: postgres ## kill the server and PostgreSQL for ten minutes and count (SOAK_MINUTES, SOAK_SEED; docs/reliability.md)
	SOAK_MINUTES=$${SOAK_MINUTES:-10} $(GO) test -count=1 -v -timeout 60m -run '^(TestPostgreSQL|TestSQLite)$$' ./internal/soak

.PHONY: acceptance
acceptance: postgres ## real calls through a real FreeSWITCH (FREESWITCH=path, default the one on PATH)
	@bash scripts/acceptance.sh

.PHONY: load
load: ## sipp load beside a bare socket server on a real FreeSWITCH (docs/benchmarks.md)
	$(GO) run ./scripts/load

.PHONY: capture
capture: ## record anew what a real FreeSWITCH says (testdata/captures)
	$(GO) run ./scripts/capture
