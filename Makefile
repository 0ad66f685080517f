# The commands of this project. `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test torture relevance bench fmt lint doc deny openapi ci

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-9s %s\n' "$$name" "$$what"; done

run: ## Serve on this machine, with an embedded PostgreSQL and demonstration data
	@scripts/ensure-postgres
	@exec scripts/run

test: ## Run every test
	@scripts/ensure-postgres
	@scripts/ensure-provider
	@# They wait more than they compute, and share the connections of one cluster.
	threads=$$((2 * $$(getconf _NPROCESSORS_ONLN))); \
		RUST_TEST_THREADS=$${RUST_TEST_THREADS:-$$((threads < 8 ? threads : 8))} cargo test

torture: ## Kill the sync with KOMINN 200 times under faults, and send 10 000 publications
	@scripts/ensure-postgres
	GLOMMA_KILLS=200 GLOMMA_KILLED_ITEMS=500 cargo test --test api killed_anywhere -- --nocapture
	GLOMMA_KOMINN_ITEMS=10000 GLOMMA_KOMINN_PAGE=5000 cargo test --test api a_quiet_day -- --nocapture

relevance: ## Judge search on the set in tests/relevance; prints a table
	@scripts/ensure-postgres
	cargo test --test api relevance -- --nocapture

bench: ## Measure against the limits of the same machine; prints a table
	@scripts/ensure-postgres
	cargo bench --bench throughput

fmt: ## Format the code
	cargo fmt

lint: ## Check format and lints
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

doc: ## Check the documentation comments
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --document-private-items

deny: ## Check licences, banned crates and sources
	@scripts/ensure-cargo-deny
	target/tools/bin/cargo-deny check --hide-inclusion-graph bans licenses sources

openapi: ## Write openapi/openapi.json anew from the code
	cargo run -q -- openapi > target/openapi.json
	mv target/openapi.json openapi/openapi.json

ci: lint doc deny test ## Everything that must hold before a merge
