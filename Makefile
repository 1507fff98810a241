# What you can ask for; `make help` prints this list. Nothing here needs more than Rust, Node and make:
# what else is missing is installed by scripts/need, in plain words.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo build web check test rust-check rust-test soak fuzz web-check binary clients e2e-check e2e bench bench-large screenshot clean

# The folder that `make demo` gives a history; empty means a small folder of samples that it creates.
DIR ?=

PAGES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | sort | sed -E 's/:.*## /\t/' | expand -t 14

demo: build ## Proofbox beside a sandbox Dropbox, over DIR=path/to/folder or over samples
	@exec target/release/proofbox demo --data demo $(if $(DIR),"$(DIR)")

build: web ## the pages and the release binary
	@scripts/need cargo cc
	cargo build --release --locked --package proofbox

web: web/dist/index.html ## the pages alone

web/dist/index.html: $(PAGES) web/node_modules/.package-lock.json
	cd web && npm run build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	@scripts/need node
	cd web && npm ci
	@touch $@

e2e/node_modules/.package-lock.json: e2e/package-lock.json
	@scripts/need node
	cd e2e && npm ci
	@touch $@

test: ## everything that must pass: formatting, lints, unit, integration and browser tests
	@scripts/test

check: rust-check rust-test web-check ## the same without the browser

rust-check: ## formatting, lints and documentation of the Rust code
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet

rust-test: web ## Rust unit and integration tests
	@scripts/need cargo cc strace postgresql
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --locked --workspace --no-fail-fast && \
	  scripts/with-postgres cargo nextest run --locked --workspace --no-fail-fast -E '$(ON_BOTH_STORES)' && \
	  cargo test --locked --workspace --doc --quiet; \
	else \
	  cargo test --locked --workspace --no-fail-fast && \
	  scripts/with-postgres cargo test --locked --workspace --no-fail-fast --lib -- ledger::tests && \
	  scripts/with-postgres cargo test --locked --package server --no-fail-fast --lib; \
	fi

# What is run on SQLite with all others, and then on PostgreSQL: the ledger from its door, and the HTTP side
# over it. What looks at the files of a data directory has no second store; the simulator, the rules and
# whatever else asks no ledger would only say the same twice. The engine and the binary go through the same
# door, and would take longer than all of this: PROOFBOX_TEST_DATABASE runs them there too.
ON_BOTH_STORES = package(ledger) & test(/^ledger::tests/) - test(/::(crashes|fsck|opening)::/) \
  | package(server) & test(/^tests::/) - test(/::(bodies|openapi)::/)

# Half an hour of what `rust-test` does for two minutes. A failure prints the seed that replays it.
soak: web ## a million simulated days, and 1,000 kills of the binary while it scans and people write
	@scripts/need cargo cc
	SIMULATOR_TIMES=10 cargo test --locked --workspace --lib -- --nocapture simulator::
	PROOFBOX_KILLS=500 cargo test --locked --workspace --test instance -- --nocapture t08_

fuzz: ## every parser against random bytes; SECONDS=n for each target, 20 when it is not given
	@scripts/need cargo c++
	@fuzz/run $(SECONDS)

web-check: web/node_modules/.package-lock.json ## lints, types and unit tests of the pages
	cd web && npm run check && npm run lint && npm test

e2e-check: e2e/node_modules/.package-lock.json
	cd e2e && npm run check

# Built as `rust-test` builds it, with the same features: after the tests it is there already.
binary:
	@scripts/need cargo cc
	cargo test --locked --workspace --no-run --quiet

e2e: web e2e-check binary ## the whole story in a real Chromium
	@scripts/need chromium
	cd e2e && npm test

clients: web binary ## clients that others wrote, unmodified, against the binary
	@scripts/need python go rclone rclone-source postgresql
	e2e/clients/run archivist
	scripts/with-postgres e2e/clients/run archivist
	e2e/clients/dropbox/run

screenshot: web e2e-check binary ## the picture of the README
	@scripts/need chromium
	cd e2e && npm run screenshot

bench: build ## Proofbox in figures, an hour; WRITE=1 keeps them in docs/benchmarks.md
	@scripts/need rclone postgresql
	cargo run --release --locked --package testkit --bin bench -- $(if $(WRITE),--write docs/benchmarks.md)
	cargo run --release --locked --package testkit --bin bench_log -- $(if $(WRITE),--write docs/benchmarks.md)
	cargo run --release --locked --package testkit --bin bench_ledger -- $(if $(WRITE),--write docs/benchmarks.md)
	TMPDIR="$$PWD/target" DURABLE=1 scripts/with-postgres sh -c 'cargo run --release --locked --package testkit \
	  --bin bench_ledger -- --database "$$PROOFBOX_TEST_DATABASE" $(if $(WRITE),--write docs/benchmarks.md)'
	cargo run --release --locked --package testkit --bin bench_sandbox -- $(if $(WRITE),--write docs/benchmarks.md)

bench-large: build ## the same for pauses at 50 million fingerprints, half an hour and 30 GB of disk
	@scripts/need postgresql
	cargo run --release --locked --package testkit --bin bench_ledger -- --pauses-at 50000000 \
	  $(if $(WRITE),--write docs/benchmarks.md)
	TMPDIR="$$PWD/target" DURABLE=1 scripts/with-postgres sh -c 'cargo run --release --locked --package testkit \
	  --bin bench_ledger -- --pauses-at 50000000 --database "$$PROOFBOX_TEST_DATABASE" \
	  $(if $(WRITE),--write docs/benchmarks.md)'

clean: ## forget what was built; the demo's data stays
	cargo clean
	rm -rf web/dist web/node_modules e2e/node_modules e2e/results
