//! The `gitops-istio` repository, unchanged: a folder that is not a git repository, with kinds at versions that current
//! Flux has dropped.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::charts::Charts;
use crate::home::Home;
use crate::up::Up;

/// The repository, or none (said aloud) where there are no corpora. In CI there must be.
pub(crate) fn corpus() -> Option<PathBuf> {
    let corpora = std::env::var_os("TENTER_CORPORA").map(PathBuf::from);
    let corpora = corpora.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"));
    let folder = corpora.join("gitops-istio");
    if folder.is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    assert!(std::env::var_os("CI").is_none(), "{} does not exist; set TENTER_CORPORA", folder.display());
    eprintln!("skipped: {} does not exist", folder.display());
    None
}

fn arguments<'a>(folder: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&[folder.to_str().unwrap(), "--path", "clusters/my-cluster"], more].concat()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array().unwrap();
    conditions.iter().find(|condition| condition["type"] == kind).unwrap_or_else(|| panic!("no {kind}: {object:#}"))
}

fn kustomization(up: &Up, name: &str) -> Value {
    json(&up.tenter(["get", "kustomizations", name, "-o", "json"]).ok())
}

#[test]
fn with_helm_releases_assumed_ready_it_goes_through_and_says_so() {
    let Some(folder) = corpus() else { return };
    let mut up = Up::start(arguments(&folder, &["--assume-ready", "HelmRelease"]));
    up.says("✔ Kustomization flux-system/apps: Applied revision");

    let assumed = [
        ("flux-system", ""),
        ("istio-system", " (HelmRelease, HelmRepository assumed ready)"),
        ("istio-gateway", ""),
        ("apps", " (Canary assumed ready)"),
    ];
    for (name, mark) in assumed {
        let object = kustomization(&up, name);
        let ready = condition(&object, "Ready");
        assert_eq!(ready["status"], "True", "{object:#}");
        assert!(ready["message"].as_str().unwrap().ends_with(mark), "{ready}");
        assert_eq!(ready["message"].as_str().unwrap().contains("assumed"), !mark.is_empty(), "{ready}");
    }
    let tree = up.tenter(["tree", "flux-system"]).ok();
    for object in [
        "ConfigMap/flux-system/istio-version",
        "Namespace/istio-system",
        "HelmRelease/istio-system/istio-gateway",
        "HelmRepository/istio-system/flagger",
        "MetricTemplate/istio-system/latency",
        "Gateway/istio-system/public-gateway",
        "Namespace/prod",
        "Service/prod/flagger-loadtester",
        "Deployment/prod/frontend",
        "Pod/prod/backend-",
        "HorizontalPodAutoscaler/prod/backend",
        "Canary/prod/frontend",
        "Sidecar/prod/default",
    ] {
        assert!(tree.contains(object), "{object} is not in\n{tree}");
    }
    written(&up, &folder);
    asked(&up, &folder);
}

/// What stands in the cluster is what stands in the files, with the overlays' changes.
fn written(up: &Up, folder: &Path) {
    let folder = folder.to_str().unwrap();
    let built = |name: &str| {
        let built = json(&up.tenter(["build", name, "--path", folder, "-o", "json"]).ok());
        built.as_array().unwrap().clone()
    };
    let find = |objects: &[Value], kind: &str, name: &str| {
        let mut found = objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        found.next().unwrap_or_else(|| panic!("no {kind} {name}")).clone()
    };
    let system = built("istio-system");
    let istiod = find(&system, "HelmRelease", "istiod");
    assert_eq!(istiod["apiVersion"], "helm.toolkit.fluxcd.io/v2beta1");
    // Substituted from the ConfigMap of the entry Kustomization.
    assert_eq!(istiod["spec"]["chart"]["spec"]["version"], "1.19.3");

    let apps = built("apps");
    for name in ["frontend", "backend"] {
        let deployment = find(&apps, "Deployment", name);
        let pod = &deployment["spec"]["template"]["spec"];
        let images: Vec<_> = pod["containers"].as_array().unwrap().iter().map(|one| one["image"].as_str()).collect();
        assert_eq!(
            images,
            [Some("ghcr.io/stefanprodan/podinfo:6.1.0"), Some("docker.io/istio/proxyv2:1.18.5")],
            "the image override, and the sidecar of the patch"
        );
        assert_eq!(pod["initContainers"][0]["name"], "istio-init");
    }
    // The server took it exactly so: applying it again would change nothing.
    for name in ["apps", "istio-system", "istio-gateway", "flux-system"] {
        assert_eq!(up.tenter(["diff", name, "--path", folder]).ok(), "", "{name}");
    }
    // What the absent chart would have made for the pods was assumed aloud.
    let events = up.tenter(["events", "-n", "prod"]).ok();
    assert!(events.contains("configmap \"istio-ca-root-cert\" not found: assumed to be there"), "{events}");
}

/// The commands answer about it.
fn asked(up: &Up, folder: &Path) {
    let traced = up.tenter(["trace", "deployment/backend", "-n", "prod"]).ok();
    for line in ["Kustomization: flux-system/apps", "Path:          ./apps", "Source:        GitRepository/flux-system"]
    {
        assert!(traced.contains(line), "{traced}");
    }
    let traced = up.tenter(["trace", "helmrelease/istiod", "-n", "istio-system", "-o", "json"]).ok();
    assert_eq!(json(&traced)["kustomization"]["name"], "istio-system");
    let history = up.tenter(["history", "apps"]).ok();
    assert!(history.contains("latest@sha256:") && history.contains("ReconciliationSucceeded"), "{history}");
    let events = up.tenter(["events", "--for", "kustomization/istio-gateway"]).ok();
    assert!(events.contains("DependencyNotReady") && events.contains("ReconciliationSucceeded"), "{events}");

    // From the entry down, everything is the files' as it stands in the cluster.
    let all = json(
        &up.tenter([
            "build",
            "flux-system",
            "--path",
            folder.to_str().unwrap(),
            "--recursive",
            "--skip-releases",
            "-o",
            "json",
        ])
        .ok(),
    );
    let objects = all.as_array().unwrap();
    for (kind, name) in
        [("Kustomization", "apps"), ("HelmRelease", "istiod"), ("Gateway", "public-gateway"), ("Canary", "backend")]
    {
        let found = objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        assert_eq!(found.count(), 1, "{kind} {name}");
    }
    assert_eq!(
        up.tenter(["diff", "flux-system", "--path", folder.to_str().unwrap(), "--recursive", "--skip-releases"]).ok(),
        ""
    );

    let changed = tempfile::tempdir().unwrap();
    copy(folder, changed.path());
    let patch = changed.path().join("apps/backend/kustomization.yaml");
    let text = std::fs::read_to_string(&patch).unwrap();
    assert!(text.contains("6.1.0"), "{text}");
    std::fs::write(&patch, text.replace("6.1.0", "6.2.0")).unwrap();
    let different = up.tenter(["diff", "apps", "--path", changed.path().to_str().unwrap()]).ended_with(1);
    assert!(different.contains("Deployment/prod/backend configured"), "{different}");
    assert!(different.contains("+        image: ghcr.io/stefanprodan/podinfo:6.2.0"), "{different}");
    assert!(!different.contains("frontend"), "{different}");

    // With a Kustomization goes what it applied, and a recursive comparison hides nothing of that.
    std::fs::remove_file(changed.path().join("clusters/my-cluster/apps.yaml")).unwrap();
    let changed = changed.path().to_str().unwrap();
    let different =
        up.tenter(["diff", "flux-system", "--path", changed, "--recursive", "--skip-releases"]).ended_with(1);
    for gone in
        ["Kustomization/flux-system/apps deleted", "Deployment/prod/frontend deleted", "Canary/prod/backend deleted"]
    {
        assert!(different.contains(gone), "{different}");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The charts that the repository names, in the versions that it asks for and the next.
const CHARTS: [(&str, &str); 8] = [
    ("base", "1.19.3"),
    ("istiod", "1.19.3"),
    ("gateway", "1.19.3"),
    ("base", "1.20.0"),
    ("istiod", "1.20.0"),
    ("gateway", "1.20.0"),
    ("flagger", "1.34.0"),
    ("grafana", "1.7.0"),
];

fn mirrored(charts: &Charts) -> Vec<String> {
    let from = ["https://istio-release.storage.googleapis.com/charts", "https://flagger.app"];
    let mirrors = from.iter().flat_map(|from| ["--mirror".to_owned(), format!("{from}={}", charts.url())]);
    // Flagger is a stand-in here, so nobody looks at Canaries.
    ["--assume-ready".to_owned(), "Canary".to_owned()].into_iter().chain(mirrors).collect()
}

fn release(up: &Up, name: &str) -> Value {
    json(&up.tenter(["get", "helmreleases", name, "-n", "istio-system", "-o", "json"]).ok())
}

/// With the charts from a mirror, all of it is installed, in order, and a new version of the mesh is too.
#[test]
fn with_a_mirror_of_its_charts_the_mesh_is_installed_and_upgraded_in_order() {
    let Some(folder) = corpus() else { return };
    let files = tempfile::tempdir().unwrap();
    copy(&folder, files.path());
    let charts = Charts::serve(&CHARTS);
    let more = mirrored(&charts);
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let mut up = Up::start(arguments(files.path(), &more));
    up.says("✔ Kustomization flux-system/apps: Applied revision");

    for (name, version) in [
        ("istio-base", "1.19.3"),
        ("istiod", "1.19.3"),
        ("istio-gateway", "1.19.3"),
        ("flagger", "1.34.0"),
        ("flagger-grafana", "1.7.0"),
    ] {
        let object = release(&up, name);
        assert_eq!(condition(&object, "Ready")["status"], "True", "{object:#}");
        assert_eq!(condition(&object, "Released")["reason"], "InstallSucceeded", "{object:#}");
        assert_eq!(object["status"]["history"][0]["chartVersion"], version);
    }
    in_order(&up);
    let tree = up.tenter(["tree", "istio-system"]).ok();
    for object in [
        "HelmRelease/istio-system/istiod @ 1.19.3",
        "Deployment/istio-system/istiod",
        "Pod/istio-system/istiod-",
        "MeshProbe/istio-system/default",
        "Service/istio-system/istio-gateway",
        "Deployment/istio-system/flagger-prometheus",
    ] {
        assert!(tree.contains(object), "{object} is not in\n{tree}");
    }
    let traced = up.tenter(["trace", "deployment/istiod", "-n", "istio-system"]).ok();
    for part in ["HelmRelease/istio-system/istiod", "Kustomization: flux-system/istio-system"] {
        assert!(traced.contains(part), "{traced}");
    }

    // What is built here, charts included, is what stands there.
    let here = files.path().to_str().unwrap();
    let below = [&["flux-system", "--path", here, "--recursive"], &more[2..]].concat();
    let built = up.tenter([&["build", "-o", "json"], &*below].concat()).ok();
    let built = json(&built);
    let istiod = built
        .as_array()
        .unwrap()
        .iter()
        .find(|object| object["kind"] == "Deployment" && object["metadata"]["name"] == "istiod");
    assert_eq!(istiod.unwrap()["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"], "istiod");
    assert_eq!(up.tenter([&["diff"], &*below].concat()).ok(), "");

    let next = tempfile::tempdir().unwrap();
    copy(files.path(), next.path());
    let version = "clusters/my-cluster/istio-version.yaml";
    let text = std::fs::read_to_string(next.path().join(version)).unwrap().replace("1.19.3", "1.20.0");
    std::fs::write(next.path().join(version), &text).unwrap();
    let below = [&["flux-system", "--path", next.path().to_str().unwrap(), "--recursive"], &more[2..]].concat();
    let different = up.tenter([&["diff"], &*below].concat()).ended_with(1);
    assert!(different.contains("image: docker.io/istio/pilot:1.20.0"), "{different}");

    std::fs::write(files.path().join(version), text).unwrap();
    up.says("✔ HelmRelease istio-system/istio-gateway: Helm upgrade succeeded for release istio-system/istio-gateway.v2 with chart gateway@1.20.0");
    for name in ["istio-base", "istiod", "istio-gateway"] {
        let object = release(&up, name);
        assert_eq!(object["status"]["history"][0]["chartVersion"], "1.20.0", "{object:#}");
        assert_eq!(object["status"]["history"][1]["status"], "superseded", "{object:#}");
    }
    in_order(&up);
    let history = up.tenter(["history", "helmrelease/istiod", "-n", "istio-system"]).ok();
    assert!(history.contains("istiod-1.20.0") && history.contains("istiod-1.19.3"), "{history}");
    // What was not bumped was left alone.
    assert_eq!(release(&up, "flagger")["status"]["history"].as_array().unwrap().len(), 1);
}

/// Each release was made after those that it depends on.
fn in_order(up: &Up) {
    let deployed = |name: &str| release(up, name)["status"]["history"][0]["lastDeployed"].as_str().unwrap().to_owned();
    let times: Vec<String> = ["istio-base", "istiod", "istio-gateway"].into_iter().map(deployed).collect();
    let told = || up.tenter(["events", "-n", "istio-system"]).ok();
    assert!(times.is_sorted(), "{times:?}:\n{}", told());
}

#[test]
fn up_exit_ends_with_success_once_all_is_ready() {
    let Some(folder) = corpus() else { return };
    let home = Home::new();
    let mut command = home.tenter();
    command.arg("up").args(home.to_cluster());
    command.args(arguments(&folder, &["--assume-ready", "HelmRelease", "--exit"]));
    let outcome = crate::process::run(command, "");
    let told = outcome.stderr.clone();
    outcome.ok();
    for name in ["flux-system", "istio-system", "istio-gateway", "apps"] {
        assert!(told.contains(&format!("✔ Kustomization flux-system/{name}: Applied revision")), "{told}");
    }
}
