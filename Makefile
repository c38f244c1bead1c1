# Every target says what it does, may be run again at any time, and fails with a sentence that helps.
# `make` alone lists the targets.

CARGO ?= cargo
export CARGO
# Our own tools first (see scripts/setup), then npm's wasm-opt, then the machine's.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/end2end/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

# Folders stand in the list too, so that a deleted file is noticed.
PAGE_SOURCES := $(shell find app style public -not -name '*.md' 2>/dev/null) Cargo.toml Cargo.lock rust-toolchain.toml
SERVER_SOURCES := $(shell find server/src server/migrations 2>/dev/null) server/Cargo.toml server/config.default.toml

.PHONY: help run build dev setup check lint fmt test unit e2e faults bench audit screenshots film

help: ## List the targets
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' Makefile | expand -t 14

run: target/release/.built ## Install what is missing, build, and start the server with its sandbox on http://127.0.0.1:3000
	@scripts/say "Starting the server. Stop it with Ctrl+C."
	@exec target/release/trainyard serve --sandbox

build: target/release/.built ## Build the release: target/release/trainyard, hash.txt beside it, target/site

dev: .tools/.ready ## Build on every change and reload the page
	@scripts/say "Watching the sources; the page is on http://127.0.0.1:3000."
	@$(CARGO) leptos watch --split -- serve --sandbox

setup: .tools/.ready ## Install the build tools only

check: ## Compile everything, without running it
	@scripts/check

fmt: ## Format the Rust code
	@$(CARGO) fmt --all

lint: end2end/node_modules/.package-lock.json ## Formatting, clippy for server, page on the server and page in the browser, styles, TypeScript
	@scripts/lint

unit: ## The Rust tests
	@scripts/test-rust

test: .tools/.ready ## Everything that must hold before a change is merged
	@scripts/test

e2e: target/ci/.built ## The page in Chromium; ARGS="list --project=chromium" narrows it
	@scripts/test-page $(ARGS)

faults: ## The long forms of the safety tests: hundreds of kills, gigabytes, dark vendors
	@scripts/faults $(ARGS)

bench: target/release/.built ## Measure, and write docs/performance.md
	@scripts/bench

screenshots: target/ci/.built ## Write docs/screenshots
	@scripts/screenshots

film: target/ci/.built ## Write docs/pictures/first-training.gif, the moving picture of README.md
	@scripts/film

audit: ## Licences, sources and advisories of every dependency (needs the internet)
	@scripts/audit

.tools/.ready: scripts/setup rust-toolchain.toml end2end/package-lock.json
	@scripts/setup
	@touch $@

end2end/node_modules/.package-lock.json: end2end/package-lock.json
	@scripts/setup

target/release/.built: $(PAGE_SOURCES) $(SERVER_SOURCES) | .tools/.ready
	@scripts/build-release
	@touch $@

target/ci/.built: $(PAGE_SOURCES) $(SERVER_SOURCES) | .tools/.ready
	@scripts/build-for-tests
	@touch $@
