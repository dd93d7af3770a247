//! Small trees of files to render.

use tempfile::TempDir;

/// A folder that holds these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

pub(crate) const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.0.0
        envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: login}}]
        ports: [{containerPort: 80, protocol: TCP}]
";

/// An overlay in `overlays/production`, of a base beside it.
pub(crate) const OVERLAY: [(&str, &str); 6] = [
    (
        "base/kustomization.yaml",
        "resources: [web.yaml, namespace.yaml]\nconfigMapGenerator: [{name: settings, literals: [MODE=fast], files: [motd=motd.txt]}]\nsecretGenerator: [{name: login, literals: [PASSWORD=open-sesame]}]\n",
    ),
    ("base/web.yaml", DEPLOYMENT),
    ("base/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
    ("base/motd.txt", "Come in,\nwe are open: \"yes\"\n"),
    (
        "overlays/production/kustomization.yaml",
        "namespace: shop\nnamePrefix: prod-\nresources: [../../base]\nlabels: [{pairs: {tier: front}, includeSelectors: true}]\nimages: [{name: registry.example.com/web, newTag: 1.2.0}]\nreplicas: [{name: web, count: 3}]\npatches: [{path: patch.yaml}]\n",
    ),
    (
        "overlays/production/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        resources: {limits: {memory: 64Mi}}\n      - name: proxy\n        image: registry.example.com/proxy:2\n",
    ),
];
