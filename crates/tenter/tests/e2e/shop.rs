//! A small repository: one Kustomization with a Deployment, a Service and a Secret.

use testkit::git::Repository;

use crate::up::Up;

const SYNC: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  wait: true
  timeout: 1m
  sourceRef: {kind: GitRepository, name: flux-system}
";

const SECRET: &str = "
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
stringData: {password: first-secret}
";

/// The Deployment at an image version.
pub(crate) fn web(version: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{name: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop, labels: {{app: web}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:{version}
        ports: [{{containerPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
"
    )
}

/// The repository, and the id of its first commit.
pub(crate) fn repository() -> (Repository, String) {
    let repository = Repository::create().unwrap();
    let files = [
        ("clusters/local/sync.yaml", SYNC.to_owned()),
        ("apps/web.yaml", web("1.0.0")),
        ("apps/secret.yaml", SECRET.to_owned()),
    ];
    let first = repository.commit(files, "Open the shop").unwrap();
    (repository, first)
}

/// Serves it, and waits until everything is ready.
pub(crate) fn serve(repository: &Repository, head: &str) -> Up {
    let mut up = Up::start(arguments(repository));
    up.says_all(&["✔ Kustomization flux-system/apps: Applied revision", &head[..8]]);
    up
}

/// What `tenter up` is told to serve it.
pub(crate) fn arguments(repository: &Repository) -> [String; 3] {
    [repository.path().display().to_string(), "--path".into(), "clusters/local".into()]
}
