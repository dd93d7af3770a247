//! The real `helm`, 3 and 4, works on the releases that are made here, and what it installed is taken over as it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::git::Repository;
use testkit::tools::{Tool, find_or_skip};

use crate::process::{Outcome, run};
use crate::up::Up;

/// Both, or none (said aloud) where one is missing. In CI they must be there.
fn tools() -> Option<[PathBuf; 2]> {
    Some([find_or_skip(Tool::Helm)?, find_or_skip(Tool::Helm3)?])
}

const CHART: [(&str, &str); 5] = [
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"7\"\n"),
    ("charts/web/values.yaml", "value: default\n"),
    (
        "charts/web/templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  value: {{ .Values.value }}\n",
    ),
    (
        "charts/web/templates/hook.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-hook\n  annotations:\n    helm.sh/hook: pre-install,pre-upgrade\n",
    ),
    ("charts/web/templates/NOTES.txt", "{{ .Release.Name }} is there.\n"),
];

fn release(name: &str, value: &str) -> (String, String) {
    let text = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: {name}\n  namespace: flux-system\nspec:\n  \
         interval: 1h\n  values:\n    value: {value}\n  chart:\n    spec:\n      chart: ./charts/web\n      sourceRef:\n        \
         kind: GitRepository\n        name: flux-system\n"
    );
    (format!("clusters/{name}.yaml"), text)
}

/// A cluster and its repository with the chart and these releases.
fn up(releases: &[(&str, &str)]) -> (Repository, Up) {
    let repository = Repository::create().unwrap();
    let chart = CHART.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: flux-system\n";
    let entry = ("clusters/settings.yaml".to_owned(), settings.to_owned());
    let releases = releases.iter().map(|(name, value)| release(name, value));
    repository.commit(chart.into_iter().chain([entry]).chain(releases), "first").unwrap();
    let up = Up::start([repository.path().to_str().unwrap(), "--path", "clusters"]);
    (repository, up)
}

#[track_caller]
fn helm(up: &Up, program: &Path, arguments: &[&str]) -> Outcome {
    let mut command: Command = up.kubectl(program.to_str().unwrap());
    command.args(["--namespace", "flux-system"]).args(arguments);
    run(command, "")
}

/// `<revision> <status>` of every revision.
#[track_caller]
fn history(up: &Up, program: &Path, name: &str) -> Vec<String> {
    let told = helm(up, program, &["history", name, "-o", "json"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let revision = |one: &serde_json::Value| format!("{} {}", one["revision"], one["status"].as_str().unwrap());
    told.as_array().unwrap().iter().map(revision).collect()
}

#[test]
fn helm_shows_what_was_released() {
    let Some(tools) = tools() else { return };
    let (repository, mut up) = up(&[("web", "first")]);
    up.says(
        "✔ HelmRelease flux-system/web: Helm install succeeded for release flux-system/web.v1 with chart web@1.0.0",
    );
    for tool in &tools {
        let list = helm(&up, tool, &["list"]).ok();
        assert!(
            list.lines().any(|line| line.starts_with("web") && line.contains("deployed") && line.contains("web-1.0.0")),
            "{list}"
        );
        assert_eq!(history(&up, tool, "web"), ["1 deployed"]);
        assert_eq!(helm(&up, tool, &["get", "values", "web"]).ok(), "USER-SUPPLIED VALUES:\nvalue: first\n");
        assert_eq!(helm(&up, tool, &["get", "notes", "web"]).ok(), "NOTES:\nweb is there.\n\n");
        let manifest = helm(&up, tool, &["get", "manifest", "web"]).ok();
        assert!(manifest.starts_with("---\n# Source: web/templates/config.yaml\napiVersion: v1\n"), "{manifest}");
        assert!(helm(&up, tool, &["get", "hooks", "web"]).ok().contains("name: web-hook"));
    }
    repository.commit([release("web", "second")], "second").unwrap();
    up.says("✔ HelmRelease flux-system/web: Helm upgrade succeeded for release flux-system/web.v2");
    for tool in &tools {
        assert_eq!(history(&up, tool, "web"), ["1 superseded", "2 deployed"]);
    }
}

#[test]
fn helm_rolls_back_and_git_wins() {
    let Some(tools) = tools() else { return };
    let (repository, mut up) = up(&[("web", "first")]);
    up.says("✔ HelmRelease flux-system/web: Helm install succeeded");
    repository.commit([release("web", "second")], "second").unwrap();
    up.says("✔ HelmRelease flux-system/web: Helm upgrade succeeded for release flux-system/web.v2");
    for (tool, after) in tools.iter().zip(["web.v4", "web.v6"]) {
        helm(&up, tool, &["rollback", "web", "1"]).ok();
        up.says(&format!("✔ HelmRelease flux-system/web: Helm upgrade succeeded for release flux-system/{after}"));
    }
    let newest = history(&up, &tools[0], "web").pop();
    assert_eq!(newest.as_deref(), Some("6 deployed"));
    assert_eq!(helm(&up, &tools[0], &["get", "values", "web"]).ok(), "USER-SUPPLIED VALUES:\nvalue: second\n");
}

#[test]
fn what_helm_installed_is_taken_over_without_an_upgrade() {
    let Some(tools) = tools() else { return };
    let (repository, mut up) = up(&[]);
    up.says("✔ Kustomization flux-system/flux-system: Applied revision");
    let chart = repository.path().join("charts/web");
    for (tool, name) in tools.iter().zip(["four", "three"]) {
        helm(&up, tool, &["install", name, chart.to_str().unwrap(), "--set", "value=first"]).ok();
        repository.commit([release(name, "first")], name).unwrap();
        up.says(&format!("✔ HelmRelease flux-system/{name}: Helm upgrade succeeded for release flux-system/{name}.v1"));
        assert_eq!(history(&up, tool, name), ["1 deployed"], "nothing was upgraded");

        repository.commit([release(name, "second")], name).unwrap();
        up.says(&format!("✔ HelmRelease flux-system/{name}: Helm upgrade succeeded for release flux-system/{name}.v2"));
        assert_eq!(history(&up, tool, name), ["1 superseded", "2 deployed"]);
        assert_eq!(helm(&up, tool, &["get", "values", name]).ok(), "USER-SUPPLIED VALUES:\nvalue: second\n");
    }
}
