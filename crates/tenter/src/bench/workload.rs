//! The objects that are measured: what flux-benchmark installs, over one git repository.
//!
//! Per Kustomization: a source of its own, and four objects with a target namespace, three substitutions, `wait`, `prune`
//! and an impersonated service account. Per HelmRelease: a HelmChart of its own, and the same four objects.

use manifest::Value;
use serde_json::json;

/// How many namespaces the objects are spread over.
const TEAMS: usize = 10;

/// Namespace of the Flux objects.
pub(crate) const HOME: &str = "tenter-bench";

/// The account whose rights apply the objects.
const ACCOUNT: &str = "bench";

/// How many objects each Kustomization or HelmRelease has.
pub(crate) const OBJECTS_EACH: usize = 4;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A source and a Kustomization each
    Kustomization,
    /// A HelmRelease each, of one chart
    Helmrelease,
}

/// Which of the two states of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// What is installed.
    First,
    /// What is upgraded to.
    Second,
}

impl Release {
    /// The repository's tag, which is also the image's.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Release::First => "v1.0.0",
            Release::Second => "v1.1.0",
        }
    }

    /// The chart's version.
    fn chart(self) -> &'static str {
        &self.tag()[1..]
    }

    /// The repository's files.
    pub(crate) fn files(self) -> Vec<(&'static str, String)> {
        let mut files = vec![
            (
                "app/kustomization.yaml",
                "resources:\n- serviceaccount.yaml\n- service.yaml\n- deployment.yaml\n- ingress.yaml\n".to_owned(),
            ),
            (
                "chart/Chart.yaml",
                format!("apiVersion: v2\nname: app\nversion: {}\nappVersion: {}\n", self.chart(), self.chart()),
            ),
            ("chart/values.yaml", "host: app.example.com\n".to_owned()),
        ];
        for (app, chart, write) in OBJECTS {
            files.push((app, write(Placeholders::SUBSTITUTED, self)));
            files.push((chart, write(Placeholders::TEMPLATED, self)));
        }
        files
    }
}

/// How the repository's files say what is different for each.
#[derive(Debug, Clone, Copy)]
struct Placeholders {
    name: &'static str,
    host: &'static str,
    replicas: &'static str,
}

impl Placeholders {
    const SUBSTITUTED: Placeholders = Placeholders { name: "${name}", host: "${host}", replicas: "${replicas}" };
    const TEMPLATED: Placeholders =
        Placeholders { name: "{{ .Release.Name }}", host: "{{ .Values.host }}", replicas: "{{ .Values.replicas }}" };
}

/// The file of an object among a kustomization's, among a chart's templates, and what is in it.
type Written = (&'static str, &'static str, fn(Placeholders, Release) -> String);

const OBJECTS: [Written; OBJECTS_EACH] = [
    ("app/serviceaccount.yaml", "chart/templates/serviceaccount.yaml", |Placeholders { name, .. }, _| {
        format!("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n")
    }),
    ("app/service.yaml", "chart/templates/service.yaml", |Placeholders { name, .. }, _| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  type: ClusterIP\n  selector:\n    app: \
             {name}\n  ports:\n  - name: http\n    port: 80\n    targetPort: http\n"
        )
    }),
    ("app/deployment.yaml", "chart/templates/deployment.yaml", |Placeholders { name, replicas, .. }, release| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n  \
             selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: \
             {name}\n    spec:\n      serviceAccountName: {name}\n      containers:\n      - name: app\n        image: \
             registry.example.com/app:{tag}\n        ports:\n        - name: http\n          containerPort: 8080\n",
            tag = release.tag()
        )
    }),
    ("app/ingress.yaml", "chart/templates/ingress.yaml", |Placeholders { name, host, .. }, _| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\nspec:\n  rules:\n  - host: \
             {host}\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          \
             service:\n            name: {name}\n            port:\n              name: http\n"
        )
    }),
];

/// How much of what is measured, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    /// What.
    pub(crate) kind: Kind,
    /// How many.
    pub(crate) count: usize,
    /// The git repository, as the controller reaches it.
    pub(crate) url: String,
}

impl Workload {
    /// The sources at a state of the repository. All HelmReleases share one.
    pub(crate) fn sources(&self, release: Release) -> Vec<Value> {
        let names: Vec<String> = match self.kind {
            Kind::Kustomization => (0..self.count).map(name).collect(),
            Kind::Helmrelease => vec!["charts".to_owned()],
        };
        let source = |name: String| {
            json!({
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "GitRepository",
                "metadata": {"name": name, "namespace": HOME},
                "spec": {"interval": "60m", "url": self.url, "ref": {"tag": release.tag()}},
            })
        };
        names.into_iter().map(source).collect()
    }

    /// What applies the objects.
    pub(crate) fn appliers(&self) -> Vec<Value> {
        (0..self.count).map(|index| self.applier(index)).collect()
    }

    fn applier(&self, index: usize) -> Value {
        let metadata = json!({"name": name(index), "namespace": HOME});
        match self.kind {
            Kind::Kustomization => json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": metadata,
                "spec": {
                    "interval": "60m",
                    "retryInterval": "30s",
                    "timeout": "5m",
                    "path": "./app",
                    "prune": true,
                    "wait": true,
                    "serviceAccountName": ACCOUNT,
                    "targetNamespace": team(index),
                    "sourceRef": {"kind": "GitRepository", "name": name(index)},
                    "postBuild": {"substitute": {"name": name(index), "host": host(index), "replicas": "0"}},
                },
            }),
            Kind::Helmrelease => json!({
                "apiVersion": "helm.toolkit.fluxcd.io/v2",
                "kind": "HelmRelease",
                "metadata": metadata,
                "spec": {
                    "interval": "60m",
                    "timeout": "5m",
                    "releaseName": name(index),
                    "targetNamespace": team(index),
                    "storageNamespace": team(index),
                    "serviceAccountName": ACCOUNT,
                    "chart": {"spec": {
                        "chart": "./chart",
                        "reconcileStrategy": "Revision",
                        "sourceRef": {"kind": "GitRepository", "name": "charts"},
                    }},
                    "driftDetection": {"mode": "enabled"},
                    "install": {"crds": "Create"},
                    "upgrade": {"crds": "CreateReplace"},
                    "values": {"host": host(index), "replicas": 0},
                },
            }),
        }
    }

    /// Whether an applier is done with a state of the repository.
    pub(crate) fn is_done(&self, applier: &Value, release: Release) -> bool {
        let status = &applier["status"];
        let is_ready = status["conditions"].as_array().into_iter().flatten().any(|condition| {
            condition["type"] == "Ready"
                && condition["status"] == "True"
                && condition["observedGeneration"] == applier["metadata"]["generation"]
        });
        let starts = |value: &Value, with: &str| value.as_str().is_some_and(|text| text.starts_with(with));
        is_ready
            && match self.kind {
                Kind::Kustomization => starts(&status["lastAppliedRevision"], release.tag()),
                Kind::Helmrelease => starts(&status["history"][0]["chartVersion"], release.chart()),
            }
    }
}

/// The namespaces of the Flux objects and of what these apply.
pub(crate) fn home() -> Vec<Value> {
    namespaces([HOME.to_owned()].into_iter().chain((0..TEAMS).map(team)))
}

/// The account that applies. It may do everything, as flux-benchmark's may.
pub(crate) fn account() -> [Value; 2] {
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": HOME}});
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": HOME},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": HOME}],
    });
    [account, binding]
}

/// What the Kustomizations render to: what a bare loop applies, into namespaces of its own.
pub(crate) fn rendered(count: usize) -> Vec<Value> {
    let objects = |index: usize| {
        let (name, host) = (name(index), host(index));
        let metadata = json!({"name": name, "namespace": floor_team(index), "labels": {
            "kustomize.toolkit.fluxcd.io/name": name, "kustomize.toolkit.fluxcd.io/namespace": HOME,
        }});
        [
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {
                "type": "ClusterIP", "selector": {"app": name},
                "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
            }}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"serviceAccountName": name, "containers": [{
                        "name": "app",
                        "image": format!("registry.example.com/app:{}", Release::First.tag()),
                        "ports": [{"name": "http", "containerPort": 8080}],
                    }]},
                },
            }}),
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {
                "rules": [{"host": host, "http": {"paths": [{
                    "path": "/", "pathType": "Prefix",
                    "backend": {"service": {"name": name, "port": {"name": "http"}}},
                }]}}],
            }}),
        ]
    };
    (0..count).flat_map(objects).collect()
}

/// The namespaces of a bare loop's objects.
pub(crate) fn floor_namespaces() -> Vec<Value> {
    namespaces((0..TEAMS).map(floor_team))
}

/// Definitions that nothing uses: a cluster with many must not be slower.
pub(crate) fn dummy_definitions(count: usize) -> Vec<Value> {
    let definition = |index: usize| {
        let (plural, kind) = (format!("dummies{index:04}"), format!("Dummy{index:04}"));
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.bench.tenter.dev")},
            "spec": {
                "group": "bench.tenter.dev",
                "scope": "Namespaced",
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                        "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                    }}},
                }],
            },
        })
    };
    (0..count).map(definition).collect()
}

fn namespaces(names: impl Iterator<Item = String>) -> Vec<Value> {
    names.map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).collect()
}

/// Name of a Kustomization or HelmRelease, its source, and its objects.
fn name(index: usize) -> String {
    format!("app-{index:05}")
}

fn team(index: usize) -> String {
    format!("{HOME}-{}", index % TEAMS)
}

fn floor_team(index: usize) -> String {
    format!("{HOME}-floor-{}", index % TEAMS)
}

fn host(index: usize) -> String {
    format!("{}.example.com", name(index))
}
