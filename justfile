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
    cargo run --release -p analysis --example analyse_many

# Mean time to production on a real control plane, next to a bare loop, for docs/benchmarks.md.
bench-kubernetes *ARGUMENTS: (tools "kubernetes")
    cargo build --release -p tenter
    tests/with-kubernetes target/release/tenter bench mttp --floor {{ARGUMENTS}}

# Rewrite docs/cli from the definitions of the command line, and docs/rules from the doc comments of the rules.
docs:
    UPDATE_DOCS=1 cargo test -p tenter --test docs
    UPDATE_DOCS=1 cargo test -p analysis --test documentation

# Licences, advisories, duplicate TLS stacks.
deny:
    cargo deny check

# Builds the real helm, kustomize and their like into target/tools, from their published modules. It needs Go.
tools *NAMES:
    tests/build-tools {{NAMES}}

# A real control plane, built with Go, on loopback until Ctrl-C: etcd, kube-apiserver, kube-controller-manager.
kubernetes *ARGUMENTS: (tools "kubernetes")
    target/tools/kubernetes {{ARGUMENTS}}

# The end-to-end tests on a real control plane for each that needs a cluster.
test-kubernetes *ARGUMENTS: (tools "kubernetes")
    TENTER_CLUSTER=kubernetes cargo test -p tenter --test e2e {{ARGUMENTS}}

# Fetches the charts and kustomizations that `just parity` renders.
parity-sources:
    parity/assemble target/parity

# Compares with the real helm and kustomize, chart by chart, and writes the tables of docs/parity.md.
parity *ARGUMENTS: tools
    cargo build --release -p tenter -p parity
    target/release/parity all --strict --write {{ARGUMENTS}}

# Compares with the real helm and kustomize on charts and overlays that nobody has seen before.
parity-random SEED="1" CASES="2000": tools
    cargo build --release -p tenter -p parity
    target/release/parity random --seed {{SEED}} --cases {{CASES}}

# Whole processes next to the real helm, kustomize and istioctl, for docs/benchmarks.md. Only a quiet machine tells the truth.
parity-speed: (tools "helm" "kustomize" "istioctl")
    cargo build --release -p tenter -p parity
    target/release/parity speed
