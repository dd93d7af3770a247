//! `tenter build` and `tenter diff` over HelmReleases: charts of the same repository, and of a Helm repository.

use serde_json::Value;
use tempfile::TempDir;
use testkit::git::{Repository, Wire};
use testkit::registry::{Artifact, Content};
use testkit::web::{Asked, WebServer};
use tokio::runtime::Runtime;

use crate::charts::{Charts, chart};
use crate::folders::folder;
use crate::process::{Outcome, run};
use crate::up::{Up, tenter};

const ENTRY: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, namespace: flux-system}\nspec:\n  interval: 1h\n  prune: true\n  path: ./cluster\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

const APPS: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec:\n  interval: 1h\n  prune: true\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: flux-system}\nspec:\n  interval: 1h\n  targetNamespace: default\n  chart:\n    spec:\n      chart: ./charts/web\n      valuesFiles: [charts/web/values.yaml, charts/web/prod.yaml]\n      sourceRef: {kind: GitRepository, name: flux-system}\n  valuesFrom:\n  - {kind: ConfigMap, name: web-values}\n  - {kind: Secret, name: web-login, valuesKey: password, targetPath: login.password}\n";

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: {{ .Values.image | quote }}}]}\n";

const FILES: [(&str, &str); 11] = [
    ("cluster/apps.yaml", APPS),
    ("apps/release.yaml", RELEASE),
    (
        "apps/values.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-values, namespace: flux-system}\ndata:\n  values.yaml: |\n    image: registry.example.com/web:1.0.0\n",
    ),
    (
        "apps/login.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web-login, namespace: flux-system}\nstringData: {password: open-sesame}\n",
    ),
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    ("charts/web/values.yaml", "replicas: 1\n"),
    ("charts/web/prod.yaml", "replicas: 2\n"),
    ("charts/web/templates/deployment.yaml", DEPLOYMENT),
    (
        "charts/web/templates/login.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-login\nstringData:\n  password: {{ .Values.login.password | quote }}\n",
    ),
    (
        "charts/web/templates/hook.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-hook\n  annotations: {helm.sh/hook: pre-install}\n",
    ),
    (
        "charts/web/crds/widgets.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n",
    ),
];

/// `tenter` with these arguments in a folder, without a cluster.
fn alone(folder: &TempDir, arguments: &[&str]) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(folder.path()).args(arguments);
    run(command, "")
}

/// `<kind>/<name>` of every object.
fn names(text: &str) -> Vec<String> {
    let objects: Vec<Value> = serde_json::from_str(text).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    objects.iter().map(|object| format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))).collect()
}

#[test]
fn releases_are_built_from_files_alone() {
    let mut files = FILES.to_vec();
    files.push(("entry.yaml", ENTRY));
    let folder = folder(&files);
    let arguments = ["build", "flux-system", "--kustomization-file", "entry.yaml", "--recursive", "-o", "json"];
    let built = alone(&folder, &arguments).ok();
    assert_eq!(
        names(&built),
        [
            "Kustomization/apps",
            "ConfigMap/web-values",
            "Secret/web-login",
            "HelmRelease/web",
            "CustomResourceDefinition/widgets.example.com",
            "Secret/default-web-login",
            "Deployment/default-web",
            "ConfigMap/default-web-hook",
        ]
    );
    assert!(!built.contains("open-sesame") && !built.contains("b3Blbi1zZXNhbWU="), "{built}");
    let objects: Vec<Value> = serde_json::from_str(&built).unwrap();
    let deployment = objects.iter().find(|object| object["kind"] == "Deployment").unwrap();
    assert_eq!(deployment["spec"]["replicas"], 2);
    assert_eq!(deployment["spec"]["template"]["spec"]["containers"][0]["image"], "registry.example.com/web:1.0.0");
    assert_eq!(deployment["metadata"]["namespace"], "default");
    assert_eq!(deployment["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"], "web");
    assert_eq!(deployment["metadata"]["annotations"]["meta.helm.sh/release-name"], "default-web");
}

#[test]
fn a_release_differs_where_its_values_files_do() {
    let repository = Repository::create().unwrap();
    repository.commit(FILES.map(|(path, text)| (path.to_owned(), text.to_owned())), "first").unwrap();
    let root = repository.path().to_str().unwrap().to_owned();
    let mut up = Up::start([root.as_str(), "--path", "cluster", "--assume-ready", "Deployment"]);
    up.says("✔ HelmRelease flux-system/web: Helm install succeeded");
    let diff = |name: &str, more: &[&str]| up.tenter([&["diff", name, "--path", &root], more].concat());
    assert_eq!(diff("flux-system", &["--recursive"]).ok(), "");
    assert_eq!(diff("helmrelease/web", &[]).ok(), "");

    repository.write("charts/web/prod.yaml", "replicas: 5\n").unwrap();
    std::fs::remove_file(repository.path().join("charts/web/templates/login.yaml")).unwrap();
    // Helm deletes no definitions of `crds/`.
    std::fs::remove_file(repository.path().join("charts/web/crds/widgets.yaml")).unwrap();
    for different in [diff("flux-system", &["--recursive"]).ended_with(1), diff("helmrelease/web", &[]).ended_with(1)] {
        for text in [
            "► Deployment/default/default-web configured",
            "-  replicas: 2",
            "+  replicas: 5",
            "► Secret/default/default-web-login deleted",
        ] {
            assert!(different.contains(text), "{text} is not in\n{different}");
        }
        assert!(
            !different.contains("hook") && !different.contains("widgets") && !different.contains("open-sesame"),
            "{different}"
        );
    }
    let built = up.tenter(["build", "helmrelease/web", "--path", &root, "-o", "json"]).ok();
    assert_eq!(names(&built), ["Deployment/default-web", "ConfigMap/default-web-hook"]);
    let elsewhere = diff("flux-system", &["--recursive", "--local-sources", "Bucket/a/b"]);
    assert_eq!(elsewhere.code, Some(2), "{elsewhere:#?}");
}

const REMOTE: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: istio-system}\nspec: {interval: 1h, url: 'https://charts.example.com'}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: istio-base, namespace: istio-system}\nspec:\n  interval: 1h\n  chart: {spec: {chart: base, version: 1.x, sourceRef: {kind: HelmRepository, name: charts}}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: absent, namespace: istio-system}\nspec:\n  interval: 1h\n  chart: {spec: {chart: base, sourceRef: {kind: HelmRepository, name: none}}}\n";

#[test]
fn charts_of_repositories_are_fetched_through_mirrors() {
    let charts = Charts::serve(&[("base", "1.0.0"), ("base", "1.1.0"), ("base", "2.0.0")]);
    let mirror = format!("https://charts.example.com={}", charts.url());
    let folder = folder(&[("entry.yaml", ENTRY), ("cluster/releases.yaml", REMOTE), ("release.yaml", REMOTE)]);
    let from_file = ["--kustomization-file", "entry.yaml", "--recursive", "--mirror", &mirror];
    let built = alone(&folder, &[&["build", "flux-system"], &from_file[..]].concat());
    assert!(
        built.stderr.contains(
            "► left out: HelmRelease istio-system/absent: HelmRepository istio-system/none is not among what is built"
        ),
        "{built:#?}"
    );
    let built = built.ok();
    assert!(
        built.contains("kind: CustomResourceDefinition") && built.contains("helm.toolkit.fluxcd.io/name: istio-base")
    );

    // The source stands beside the release in its file.
    let one =
        ["build", "hr/istio-base", "-n", "istio-system", "--kustomization-file", "release.yaml", "--mirror", &mirror];
    let alone_built = alone(&folder, &one).ok();
    assert!(alone_built.contains("helm.toolkit.fluxcd.io/name: istio-base"), "{alone_built}");

    let render = |arguments: &[&str]| alone(&folder, &[&["render", "helm", "base"], arguments].concat());
    let newest = render(&["base", "--repo", charts.url(), "--include-crds"]).ok();
    assert!(newest.contains("# Source: base/"), "{newest}");
    let mirrored =
        render(&["base", "--repo", "https://charts.example.com", "--version", "^1", "--mirror", &mirror]).ok();
    assert!(!mirrored.is_empty());
    let unknown = render(&["base", "--repo", charts.url(), "--version", "9.x"]).refused();
    assert!(unknown.contains("9.x") && unknown.contains("hint: "), "{unknown}");
    let nowhere = render(&["base", "--repo", &format!("{}/none", charts.url())]).refused();
    assert!(nowhere.contains("--mirror fetches from elsewhere"), "{nowhere}");
}

const IN_REGISTRY: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: base, namespace: istio-system}\nspec: {interval: 1h, url: 'oci://registry.example.com/charts/base', ref: {semver: 1.x}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: istio-base, namespace: istio-system}\nspec: {interval: 1h, chartRef: {kind: OCIRepository, name: base}}\n";

#[test]
fn charts_of_registries_are_fetched() {
    let mut content = Content::default();
    let mut flagger = chart("flagger");
    flagger.metadata.version = "1.1.0".to_owned();
    let digest = content.push("1.1.0", &Artifact::chart(flagger.package().unwrap()));
    let runtime = Runtime::new().unwrap();
    let answer = move |asked: &Asked| content.answer("http://none", asked);
    let server = runtime.block_on(WebServer::start(Wire::Plain, answer)).unwrap();
    let folder = folder(&[("release.yaml", IN_REGISTRY)]);
    let address = format!("oci://{}/org/app", server.host());
    let to = format!("oci://registry.example.com/charts/base={address}");
    let one = ["build", "hr/istio-base", "-n", "istio-system", "--kustomization-file", "release.yaml", "--mirror", &to];
    let built = alone(&folder, &one).ok();
    let version = format!("helm.sh/chart: flagger-1.1.0_{}", &digest["sha256:".len()..][..12]);
    assert!(built.contains(&version), "{version} is not in\n{built}");
    let rendered = alone(&folder, &["render", "helm", "web", &address, "--version", "1.x", "--include-crds"]).ok();
    assert!(rendered.contains("# Source: flagger/"), "{rendered}");
}
