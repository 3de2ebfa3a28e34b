# Switchyard. `make help` says what each target is for.
SHELL := /bin/bash
GO ?= go

# Packages of the module; acceptance tests have a build tag and a target of their own.
PKG := ./...

# The tools take a fifth less time if they collect garbage more seldom.
TOOLS := GOGC=400

# How tests are run. They themselves collect garbage as usual. One package more than
# there are processors, and the one that waits most first: while it waits for
# servers it killed, the others work.
TESTS := -count=1 -exec 'env -u GOGC' -p $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1))) ./internal/soak

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
	$(TOOLS) $(GO) test -vet=off $(TESTS) $(PKG)

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
	$(TOOLS) $(GO) vet $(PKG)
	$(TOOLS) $(GO) vet -tags acceptance ./internal/acceptance/...
	$(TOOLS) $(GO) vet -tags crashpoints ./internal/crash/...

# Each linter is here for one reason:
#   staticcheck  finds mistakes vet does not, with next to no false alarms
#   exhaustive   a switch over a closed set (Outcome, Route, Verdict, Status) names every member
#   errcheck     no error is dropped by accident; a deliberate one is written `_ =`
.PHONY: lint
lint: ## run the linters pinned in go.mod
	$(TOOLS) $(GO) tool staticcheck $(PKG)
	$(TOOLS) $(GO) tool exhaustive -d -typeignore '^reflect[.]' $(PKG)
	$(TOOLS) $(GO) tool errcheck -ignoretests -exclude .errcheck $(PKG)

# SQLite is C translated to Go here: one connection has it at a time, and the race
# detector makes it ten times slower. Its driver and the C library under it are watched.
# So is everything else: a package that is not watched may bring its own copy of generic
# code (of sync.Map, say), the linker keeps one, and what others guard by it looks like a race.
UNWATCHED := $(foreach p,sqlite/lib memory,-gcflags=modernc.org/$(p)=-race=false)

.PHONY: race
# `go test` runs every fuzz target's seeds and every scenario file; `make vet` has vetted.
# Under the detector a process sleeps for a second before it ends, in case a race is
# still to come; the tests run hundreds of commands, which have nothing left then.
race: export GORACE := atexit_sleep_ms=10
race: postgres
	$(TOOLS) $(GO) test -race -vet=off $(UNWATCHED) $(TESTS) $$($(GO) list $(PKG) | grep -v /routing$$)
	$(TOOLS) $(GO) test -vet=off $(TESTS:./internal/soak=) ./routing
	$(TOOLS) $(GO) test -race -vet=off $(TESTS:./internal/soak=) -run 'Together|AtOnce|Goroutines|LeastRecentlyUsed' ./routing
	$(TOOLS) $(GO) test -race -count=1 -vet=off -tags crashpoints ./internal/crash

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
