//! A cluster as Flux's controllers leave it: whoever goes on from there rewrites nothing, and recreates nothing.

use cluster::{ApplyMode, ObjectRef};
use manifest::Value;
use plan::release::Fingerprint;
use render::helm::storage::{Release, Written, config_digest, observation, secret};
use serde_json::{Map, json};
use testkit::git::Repository;

use crate::replicas::stand::{FLUX, Stand, object};

/// When Flux did what it did.
const THEN: &str = "2026-01-02T03:04:05Z";

/// How a release came to be, and what is asked of it.
#[derive(Clone, Copy)]
struct Made {
    name: &'static str,
    by: Helm,
    drift_detection: Option<&'static str>,
}

/// The Helm inside of helm-controller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Helm {
    /// Of Flux 2.7 and before: merges on the client, and updates.
    Three,
    /// Applies on the server.
    Four,
}

const RELEASES: [Made; 3] = [
    Made { name: "web", by: Helm::Three, drift_detection: None },
    Made { name: "old", by: Helm::Three, drift_detection: Some("enabled") },
    Made { name: "new", by: Helm::Four, drift_detection: Some("enabled") },
];

const CHART: [(&str, &str); 3] = [
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"7\"\n"),
    ("charts/web/values.yaml", "value: default\n"),
    (
        "charts/web/templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  value: {{ .Values.value }}\n",
    ),
];

/// What the Kustomization declares beside releases: files and objects.
fn plain(value: &str) -> [(&'static str, Value); 3] {
    let metadata = |name: &str| json!({"name": name, "namespace": "default"});
    let settings = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("settings"), "data": {"value": value},
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata("app"),
        "spec": {"selector": {"app": "app"}, "ports": [{"port": 80}]},
    });
    // Kubernetes writes the quantity in another way.
    let container = json!({
        "name": "app", "image": "registry.example.com/app:1", "resources": {"limits": {"cpu": "0.5"}},
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("app"),
        "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": "app"}},
            "template": {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": [container]}},
        },
    });
    [("app/settings.yaml", settings), ("app/service.yaml", service), ("app/deployment.yaml", deployment)]
}

impl Made {
    fn declared(self) -> Value {
        let mut spec = json!({
            "interval": "10m", "releaseName": self.name, "targetNamespace": "default",
            "chart": {"spec": {
                "chart": "./charts/web", "reconcileStrategy": "ChartVersion",
                "sourceRef": {"kind": "GitRepository", "name": "app"},
            }},
        });
        if let Some(mode) = self.drift_detection {
            spec["driftDetection"] = json!({"mode": mode});
        }
        json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"name": self.name, "namespace": FLUX}, "spec": spec,
        })
    }

    /// What Helm stored: its manifest has the labels that helm-controller adds.
    fn stored(self) -> Release {
        let manifest = format!(
            "---\n# Source: web/templates/config.yaml\napiVersion: v1\ndata:\n  value: default\nkind: ConfigMap\nmetadata:\n  labels:\n    \
             helm.toolkit.fluxcd.io/name: {name}\n    helm.toolkit.fluxcd.io/namespace: {FLUX}\n  name: {name}\n  namespace: default\n",
            name = self.name
        );
        let mut release = json!({
            "name": self.name, "namespace": "default", "version": 1, "manifest": manifest,
            "info": {
                "first_deployed": "2026-01-02T03:04:05.678901234Z", "last_deployed": "2026-01-02T03:04:05.678901234Z",
                "deleted": "", "description": "Install complete", "status": "deployed",
            },
            "chart": {
                "metadata": {"name": "web", "version": "1.0.0", "apiVersion": "v2", "appVersion": "7"},
                "lock": null, "templates": [], "values": {"value": "default"}, "schema": null, "files": null,
            },
        });
        if self.by == Helm::Four {
            release["apply_method"] = json!("ssa");
        }
        serde_json::from_value(release).unwrap()
    }

    fn status(self) -> Value {
        let stored = self.stored();
        let digest = Fingerprint::of(&observation(&stored).unwrap()).digest("");
        let values = config_digest(&Map::new());
        let message = format!("Helm install succeeded for release default/{}.v1 with chart web@1.0.0", self.name);
        let condition = |kind: &str| {
            json!({
                "type": kind, "status": "True", "reason": "InstallSucceeded", "message": message,
                "lastTransitionTime": THEN, "observedGeneration": 1,
            })
        };
        json!({
            "conditions": [condition("Ready"), condition("Released")],
            "helmChart": format!("{FLUX}/{FLUX}-{}", self.name),
            "history": [{
                "apiVersion": "v2", "digest": digest, "name": self.name, "namespace": "default", "version": 1,
                "status": "deployed", "chartName": "web", "chartVersion": "1.0.0", "appVersion": "7",
                "configDigest": values, "firstDeployed": THEN, "lastDeployed": THEN,
            }],
            "lastAttemptedConfigDigest": values, "lastAttemptedGeneration": 1,
            "lastAttemptedReleaseAction": "install", "lastAttemptedRevision": "1.0.0",
            "observedGeneration": 1, "storageNamespace": FLUX,
        })
    }

    fn chart(self) -> Value {
        json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart",
            "metadata": {
                "name": format!("{FLUX}-{}", self.name), "namespace": FLUX,
                "labels": {"helm.toolkit.fluxcd.io/name": self.name, "helm.toolkit.fluxcd.io/namespace": FLUX},
            },
            "spec": {
                "chart": "./charts/web", "version": "*", "interval": "10m0s", "reconcileStrategy": "ChartVersion",
                "sourceRef": {"kind": "GitRepository", "name": "app"},
            },
        })
    }

    /// The object of the chart, as it is in the cluster.
    fn config(self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": self.name, "namespace": "default",
                "labels": {
                    "app.kubernetes.io/managed-by": "Helm", "helm.toolkit.fluxcd.io/name": self.name,
                    "helm.toolkit.fluxcd.io/namespace": FLUX,
                },
                "annotations": {
                    "meta.helm.sh/release-name": self.name, "meta.helm.sh/release-namespace": "default",
                },
            },
            "data": {"value": "default"},
        })
    }
}

/// Everything that Flux made, in the cluster of a repository at `revision`. Returns what must stay as it is.
async fn left_by_flux(stand: &Stand, url: &str, revision: &str) -> Vec<Value> {
    let cluster = &stand.cluster;
    let mut kept = Vec::new();
    stand.follow(url).await;
    let mut entries = Vec::new();
    for (_, mut value) in plain("a") {
        if value["kind"] == "Service" {
            // So that ports can be told apart, kustomize-controller names the protocol.
            value["spec"]["ports"][0]["protocol"] = json!("TCP");
        }
        kept.push(applied_by_kustomize_controller(stand, &mut value, &mut entries).await);
    }
    for made in RELEASES {
        let release = applied_by_kustomize_controller(stand, &mut made.declared(), &mut entries).await;
        let reference = ObjectRef::of(&release).unwrap();
        let held = json!({"metadata": {"finalizers": ["finalizers.fluxcd.io"]}});
        cluster.merge_patch(&reference, "helm-controller", &held).await.unwrap();
        cluster.patch_status(&reference, "helm-controller", &made.status()).await.unwrap();
        let mode = ApplyMode::forced("helm-controller");
        kept.push(cluster.apply(&made.chart(), None, &mode).await.unwrap().object);
        let stored = secret(&made.stored(), FLUX, Written::Created(1_767_323_045)).unwrap();
        kept.push(cluster.create(&stored, "helm-controller").await.unwrap());
        kept.push(match made.by {
            Helm::Three => cluster.create(&made.config(), "helm-controller").await.unwrap(),
            Helm::Four => cluster.apply(&made.config(), None, &mode).await.unwrap().object,
        });
    }
    let kustomization = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, "app");
    let held = json!({"metadata": {"finalizers": ["finalizers.fluxcd.io"]}});
    cluster.merge_patch(&kustomization, "kustomize-controller", &held).await.unwrap();
    let status = json!({
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "lastTransitionTime": THEN,
            "message": format!("Applied revision: {revision}"), "observedGeneration": 1,
        }],
        "inventory": {"entries": entries}, "lastAppliedRevision": revision, "lastAttemptedRevision": revision,
        "observedGeneration": 1,
    });
    cluster.patch_status(&kustomization, "gotk-kustomize-controller", &status).await.unwrap();
    kept
}

async fn applied_by_kustomize_controller(stand: &Stand, value: &mut Value, entries: &mut Vec<Value>) -> Value {
    value["metadata"]["labels"] =
        json!({"kustomize.toolkit.fluxcd.io/name": "app", "kustomize.toolkit.fluxcd.io/namespace": FLUX});
    let reference = ObjectRef::of(value).unwrap();
    entries.push(json!({"id": reference.id().to_inventory(), "v": reference.gvk.version}));
    stand.cluster.apply(value, None, &ApplyMode::forced("kustomize-controller")).await.unwrap().object
}

/// What is nobody's status: the object, and what Flux's controllers own of it and since when.
fn substance(value: &Value) -> Value {
    let managed = value["metadata"]["managedFields"].as_array().into_iter().flatten();
    let by_flux = managed.filter(|entry| {
        let manager = entry["manager"].as_str().unwrap_or_default();
        ["kustomize-controller", "helm-controller"].contains(&manager) && entry["subresource"].is_null()
    });
    let mut kept = value.clone();
    kept.as_object_mut().unwrap().remove("status");
    let metadata = kept["metadata"].as_object_mut().unwrap();
    for other in ["managedFields", "resourceVersion", "finalizers", "annotations"] {
        metadata.remove(other);
    }
    json!({"object": kept, "owned": by_flux.collect::<Vec<_>>()})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_flux_ran_is_taken_over_without_a_write() {
    let repository = Repository::create().unwrap();
    let releases: String = RELEASES.iter().map(|made| format!("---\n{}\n", made.declared())).collect();
    let app = plain("a").map(|(path, value)| (path, value.to_string()));
    let chart = CHART.map(|(path, text)| (path, text.to_owned()));
    let files = app.into_iter().chain(chart).chain([("app/releases.yaml", releases)]);
    let first = repository.commit(files, "first").unwrap();
    let stand = Stand::start().await;
    let before = left_by_flux(&stand, &repository.url(), &format!("main@sha1:{first}")).await;

    let replica = stand.replica("heir", &[]).await;
    let asked = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "take over"}}});
    let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == "take over";
    let kustomization = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, "app");
    let release = |name: &str| object("helm.toolkit.fluxcd.io/v2", "HelmRelease", FLUX, name);
    let all = [kustomization].into_iter().chain(RELEASES.iter().map(|made| release(made.name)));
    for reference in all {
        stand.cluster.merge_patch(&reference, "flux", &asked).await.unwrap();
        let found = stand.until(&reference, "handled", handled).await;
        let ready = found["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["type"] == "Ready" && one["status"] == "True");
        assert!(ready, "{:#}", found["status"]);
    }
    // Statuses are those of whoever reconciles; everything else is as Flux left it.
    let beside = |write: &String| {
        let path = write.split(['?', ' ']).nth(1).unwrap_or_default();
        path.ends_with("/status") || path.ends_with("/events") || path.contains("/leases")
    };
    let written: Vec<String> = replica.take_writes().into_iter().filter(|write| !beside(write)).collect();
    assert_eq!(written, Vec::<String>::new());
    for was in &before {
        let now = stand.cluster.get(&ObjectRef::of(was).unwrap()).await.unwrap().unwrap();
        assert_eq!(substance(was), substance(&now));
    }

    // From here on it is ours: a commit changes what it changes, and prunes what Flux had applied.
    repository.git(["rm", "--quiet", "app/service.yaml"]).unwrap();
    let second = [
        ("app/settings.yaml", plain("b")[0].1.to_string()),
        ("charts/web/Chart.yaml", CHART[0].1.replace("1.0.0", "1.1.0")),
        ("charts/web/values.yaml", "value: other\n".to_owned()),
    ];
    let second = repository.commit(second, "second").unwrap();
    stand.until_applied(&second).await;
    assert!(stand.cluster.get(&object("v1", "Service", "default", "app")).await.unwrap().is_none());
    for made in RELEASES {
        let upgraded = |found: &Value| found["data"]["value"] == "other";
        let after = stand.until(&object("v1", "ConfigMap", "default", made.name), "upgraded", upgraded).await;
        let was = before.iter().find(|was| was["kind"] == "ConfigMap" && was["metadata"]["name"] == made.name).unwrap();
        assert_eq!(was["metadata"]["uid"], after["metadata"]["uid"], "it is the same object");
    }
}
