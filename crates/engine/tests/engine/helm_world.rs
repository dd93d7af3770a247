//! Charts and HelmReleases for the tests, and ways to wait for what becomes of them.

use cluster::{ObjectRef, Scope, Selector};
use manifest::{GroupVersionKind, Value};
use render::helm::storage::{Release, read_object, selector};
use serde_json::json;

use crate::world::{FLUX, World, condition, object, ready, text};

/// The namespace of what charts make.
pub(crate) const APPS: &str = "apps";

/// A chart `web` in a folder of the repository: one ConfigMap with the value `value`, and whatever else is given.
pub(crate) fn chart(version: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  value: {{ .Values.value | quote }}\n  version: {{ .Chart.Version }}\n";
    let own = [
        ("Chart.yaml", format!("apiVersion: v2\nname: web\nversion: {version}\nappVersion: \"{version}\"\n")),
        ("values.yaml", "value: default\n".to_owned()),
        ("templates/config.yaml", config.to_owned()),
        ("templates/NOTES.txt", "Installed {{ .Release.Name }}.\n".to_owned()),
    ];
    let own = own.into_iter().map(|(path, content)| (format!("charts/web/{path}"), content));
    let more = more.iter().map(|(path, content)| (format!("charts/web/{path}"), (*content).to_owned()));
    own.chain(more).collect()
}

impl World {
    /// A world with the namespace of what charts make, and a GitRepository that holds the chart `web`.
    pub(crate) async fn with_chart(version: &str, more: &[(&str, &str)]) -> World {
        let world = World::start().await;
        world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APPS}})).await;
        world.commit_chart(version, more);
        world.source(json!({})).await;
        world
    }

    /// Commits another version of the chart.
    pub(crate) fn commit_chart(&self, version: &str, more: &[(&str, &str)]) {
        let files = chart(version, more);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
        self.replace(
            "charts/web",
            &files
                .iter()
                .map(|(path, content)| (path.strip_prefix("charts/web/").unwrap(), *content))
                .collect::<Vec<_>>(),
        );
    }

    /// The HelmRelease `web` of the chart `web`, with `spec` over the usual one.
    pub(crate) async fn release(&self, name: &str, spec: Value) -> Value {
        self.apply(helm_release(name, spec)).await
    }

    /// Waits until a HelmRelease is ready with a revision of the chart, having seen its newest spec.
    pub(crate) async fn until_released(&self, name: &str, version: &str) -> Value {
        let what = format!("released with {version}");
        let released = |object: &Value| {
            ready(object) == "True"
                && object["status"]["lastAttemptedRevision"] == version
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        };
        self.until_is(&release_ref(name), &what, released).await
    }

    /// Waits until a condition of a HelmRelease has a status and a reason.
    pub(crate) async fn until_release_is(&self, name: &str, kind: &str, status: &str, reason: &str) -> Value {
        let what = format!("{kind}={status} ({reason})");
        let is = |object: &Value| {
            let condition = condition(object, kind);
            condition["status"] == status && condition["reason"] == reason
        };
        self.until_is(&release_ref(name), &what, is).await
    }

    /// What Helm has stored of a release, oldest first.
    pub(crate) async fn stored(&self, name: &str) -> Vec<Release> {
        let gvk = GroupVersionKind::from_api_version("v1", "Secret");
        let scope = Scope::Namespace(FLUX.to_owned());
        let found = self.cluster.list(&gvk, &scope, &Selector::labels(selector(name))).await.unwrap();
        let mut releases: Vec<Release> = found.iter().map(|secret| read_object(secret).unwrap()).collect();
        releases.sort_by_key(|release| release.version);
        releases
    }

    /// `<revision> <status>` of all that Helm has stored.
    pub(crate) async fn revisions(&self, name: &str) -> Vec<String> {
        self.stored(name).await.iter().map(|release| format!("{} {}", release.version, release.info.status)).collect()
    }
}

/// A HelmRelease of the chart `web`, with `spec` over the usual one.
pub(crate) fn helm_release(name: &str, spec: Value) -> Value {
    let mut usual = json!({
        "interval": "1h",
        "targetNamespace": APPS,
        "releaseName": name,
        "chart": {"spec": {
            "chart": "./charts/web",
            "sourceRef": {"kind": "GitRepository", "name": "repo"},
            "reconcileStrategy": "ChartVersion",
        }},
    });
    for (field, value) in spec.as_object().unwrap() {
        match value {
            Value::Null => drop(usual.as_object_mut().unwrap().remove(field)),
            value => usual[field] = value.clone(),
        }
    }
    json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": FLUX}, "spec": usual,
    })
}

/// Names a HelmRelease.
pub(crate) fn release_ref(name: &str) -> ObjectRef {
    object("helm.toolkit.fluxcd.io/v2", "HelmRelease", FLUX, name)
}

/// Names a ConfigMap that a chart makes.
pub(crate) fn config_ref(name: &str) -> ObjectRef {
    object("v1", "ConfigMap", APPS, name)
}

/// A value of a ConfigMap.
pub(crate) fn data<'a>(config_map: &'a Value, key: &str) -> &'a str {
    text(&config_map["data"][key])
}
