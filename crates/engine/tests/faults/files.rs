//! A state as the files of a repository.

use serde_json::{Value, json};
use testkit::git::Snapshot;

use crate::history::{Commit, OnFailure, Release, State, Unit};

/// Where a run takes place.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The namespace of the Flux objects.
    pub(crate) flux: String,
    /// The namespace of everything else.
    pub(crate) apps: String,
}

/// The address of the repository, as it is declared. A mirror leads from it to the repository.
pub(crate) const ADDRESS: &str = "https://git.example.com/fleet";

/// The Kustomization that applies all others.
pub(crate) const ROOT: &str = "fleet";

/// So long that nothing is ever repaired by it.
const INTERVAL: &str = "10h";

pub(crate) fn snapshot(commit: &Commit, names: &Names) -> Snapshot {
    let State { units, releases, chart, .. } = &commit.state;
    let mut files = Vec::new();
    let kustomizations = units.iter().map(|(name, unit)| kustomization(name, unit, names));
    let releases = releases.iter().map(|(name, release)| helm_release(name, release, names));
    files.push(("fleet/objects.yaml".to_owned(), documents(kustomizations.chain(releases))));
    for unit in units.values() {
        let maps = unit.maps.iter().map(|(name, value)| map(name, *value, names));
        let workloads = unit.workloads.iter().map(|(name, value)| workload(name, *value, names));
        let broken = unit.broken.then(|| map("Not_a_name", 0, names));
        files.push((format!("units/{}/objects.yaml", unit.folder), documents(maps.chain(workloads).chain(broken))));
    }
    let own = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  value: \"{{ .Values.value }}\"\n  version: {{ .Chart.Version }}\n";
    let charted = [
        ("Chart.yaml", format!("apiVersion: v2\nname: web\nversion: 1.0.{}\n", chart.patch)),
        ("values.yaml", "value: default\n".to_owned()),
        ("templates/own.yaml", own.to_owned()),
        ("templates/before.yaml", hook("before", "pre-install,pre-upgrade")),
        ("templates/after.yaml", hook("after", "post-install,post-upgrade")),
    ];
    files.extend(charted.map(|(path, content)| (format!("charts/web/{path}"), content)));
    for extra in &chart.extras {
        let content = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{extra}\n");
        files.push((format!("charts/web/templates/{extra}.yaml"), content));
    }
    if chart.broken {
        files.push(("charts/web/templates/broken.yaml".to_owned(), "{{ fail \"broken\" }}\n".to_owned()));
    }
    Snapshot { files, parent: commit.parent }
}

fn documents(objects: impl Iterator<Item = Value>) -> String {
    objects.map(|object| format!("---\n{object}\n")).collect()
}

/// The source of everything.
pub(crate) fn source(names: &Names) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "fleet", "namespace": names.flux},
        "spec": {"url": ADDRESS, "interval": "1m", "ref": {"branch": "main"}},
    })
}

/// The Kustomization that applies all others.
pub(crate) fn root(state: &State, names: &Names) -> Value {
    flux(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        ROOT,
        names,
        json!({
            "interval": INTERVAL, "retryInterval": "1m", "timeout": "3m", "path": "./fleet", "prune": true,
            "wait": state.waits, "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        }),
    )
}

fn kustomization(name: &str, unit: &Unit, names: &Names) -> Value {
    let needs: Vec<Value> = unit.needs.iter().map(|need| json!({"name": need})).collect();
    flux(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        name,
        names,
        json!({
            "interval": INTERVAL, "retryInterval": "1m", "timeout": "2m", "path": format!("./units/{}", unit.folder),
            "prune": true, "wait": unit.waits, "suspend": unit.suspended, "dependsOn": needs,
            "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        }),
    )
}

fn helm_release(name: &str, release: &Release, names: &Names) -> Value {
    let ways = match release.on_failure {
        OnFailure::Remedy => json!({"remediation": {"retries": -1}}),
        OnFailure::Retry => json!({"strategy": {"name": "RetryOnFailure", "retryInterval": "30s"}}),
    };
    flux(
        "helm.toolkit.fluxcd.io/v2",
        "HelmRelease",
        name,
        names,
        json!({
            "interval": INTERVAL, "timeout": "2m", "releaseName": name, "targetNamespace": names.apps, "maxHistory": 0,
            "suspend": release.suspended, "install": ways, "upgrade": ways, "driftDetection": {"mode": "enabled"},
            "values": {"value": release.value},
            "chart": {"spec": {"chart": "./charts/web", "interval": INTERVAL, "reconcileStrategy": "ChartVersion",
                "sourceRef": {"kind": "GitRepository", "name": "fleet"}}},
        }),
    )
}

fn flux(api_version: &str, kind: &str, name: &str, names: &Names, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": names.flux}, "spec": spec})
}

fn map(name: &str, value: u64, names: &Names) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": names.apps},
        "data": {"value": value.to_string()}})
}

/// No pods, so that it needs no node to be ready.
fn workload(name: &str, value: u64, names: &Names) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": names.apps}, "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": format!("example.com/{name}:{value}")}]}},
    }})
}

fn hook(name: &str, events: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-{name}\n  annotations:\n    helm.sh/hook: {events}\n    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\n"
    )
}
