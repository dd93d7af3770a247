//! Many Kustomizations over one git repository: four objects each, with three substitutions.

use serde_json::{Value, json};
use testkit::git::{GitError, Repository};

/// How many namespaces the objects are spread over.
const NAMESPACES: usize = 10;

/// Namespace of the Kustomizations and their source.
pub(crate) const HOME: &str = "flux-system";

/// Name of the source.
const SOURCE: &str = "fleet";

const TEMPLATE: &[(&str, &str)] = &[
    (
        "app/kustomization.yaml",
        "resources:\n- service-account.yaml\n- service.yaml\n- deployment.yaml\n- ingress.yaml\n",
    ),
    ("app/service-account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n"),
    (
        "app/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  type: ClusterIP\n  sessionAffinity: None\n  \
         selector:\n    app: ${name}\n  ports:\n  - name: http\n    port: 80\n    targetPort: http\n",
    ),
    (
        "app/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  replicas: 0\n  selector:\n    \
         matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      \
         serviceAccountName: ${name}\n      containers:\n      - name: app\n        image: \
         registry.example.com/app:${version}\n        ports:\n        - name: http\n          containerPort: 8080\n        \
         resources:\n          requests:\n            cpu: 10m\n            memory: 16Mi\n",
    ),
    (
        "app/ingress.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: ${name}\nspec:\n  rules:\n  - host: ${host}\n    \
         http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            \
         name: ${name}\n            port:\n              name: http\n",
    ),
];

/// The template in a git repository.
pub(crate) fn repository() -> Result<Repository, GitError> {
    let repository = Repository::create()?;
    repository.commit(TEMPLATE.iter().copied(), "Add the application")?;
    Ok(repository)
}

/// The namespaces of the Kustomizations and of their objects.
pub(crate) fn namespaces() -> Vec<Value> {
    let names = (0..NAMESPACES).map(team).chain([HOME.to_owned()]);
    names.map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).collect()
}

/// A source that follows the main branch of a local repository.
pub(crate) fn source(name: &str, repository: &Repository) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": HOME},
        "spec": {"interval": "10m", "url": repository.url(), "ref": {"branch": "main"}},
    })
}

/// The source and `count` Kustomizations.
pub(crate) fn objects(repository: &Repository, count: usize) -> Vec<Value> {
    let kustomization = |index: usize| {
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": name(index), "namespace": HOME},
            "spec": {
                "interval": "60m",
                "path": "./app",
                "prune": true,
                "wait": true,
                "timeout": "5m",
                "targetNamespace": team(index),
                "sourceRef": {"kind": "GitRepository", "name": SOURCE},
                "postBuild": {"substitute": {"name": name(index), "host": host(index), "version": version(index)}},
            },
        })
    };
    [source(SOURCE, repository)].into_iter().chain((0..count).map(kustomization)).collect()
}

/// What the Kustomizations render to, but for their owner labels.
pub(crate) fn rendered(count: usize) -> Vec<Value> {
    let objects = |index: usize| {
        let (name, namespace) = (name(index), team(index));
        let metadata = json!({"name": name, "namespace": namespace, "labels": {
            "kustomize.toolkit.fluxcd.io/name": name, "kustomize.toolkit.fluxcd.io/namespace": HOME,
        }});
        [
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {
                "type": "ClusterIP", "sessionAffinity": "None", "selector": {"app": name},
                "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
            }}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"serviceAccountName": name, "containers": [{
                        "name": "app",
                        "image": format!("registry.example.com/app:{}", version(index)),
                        "ports": [{"name": "http", "containerPort": 8080}],
                        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
                    }]},
                },
            }}),
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {
                "rules": [{"host": host(index), "http": {"paths": [{
                    "path": "/", "pathType": "Prefix",
                    "backend": {"service": {"name": name, "port": {"name": "http"}}},
                }]}}],
            }}),
        ]
    };
    (0..count).flat_map(objects).collect()
}

/// Name of a Kustomization and of its objects.
pub(crate) fn name(index: usize) -> String {
    format!("app-{index:04}")
}

/// Namespace of the objects of a Kustomization.
pub(crate) fn team(index: usize) -> String {
    format!("team-{}", index % NAMESPACES)
}

fn host(index: usize) -> String {
    format!("{}.example.com", name(index))
}

fn version(index: usize) -> String {
    format!("1.0.{index}")
}
