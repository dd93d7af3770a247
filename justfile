# Everyday commands. `just` lists them.

_default:
    @just --list

# The whole path on this machine: git, embedded cluster, sync, failures, rollback.
demo:
    cargo run --release -- demo

# What the README promises.
test:
    cargo test --workspace

# The gate: tests, formatting, lints, upstream's corpora, kubectl.
ci:
    .ci/run

# Ratios against a floor in the same run; prints every number of docs/benchmarks.md.
bench:
    cargo run --release -p tenter --example bench

# Rewrite docs/cli from the command line's own definitions.
docs:
    UPDATE_DOCS=1 cargo test -p tenter --test docs

# Licences, advisories, duplicate TLS stacks.
deny:
    cargo deny check
