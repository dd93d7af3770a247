//! Other controllers that keep the same objects.

use cluster::{Cluster, ClusterError, Scope, Selector};
use manifest::{GroupVersionKind, Value};

use super::hint::Hint;
use super::report::Category;
use crate::error::Failure;

/// The controllers of Flux that reconcile what we do. Its others (notifications, images) go on beside us.
const FLUX: [&str; 4] = ["source-controller", "kustomize-controller", "helm-controller", "source-watcher"];

/// A running controller of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Other {
    /// Such as `Deployment flux-system/helm-controller`.
    name: String,
    project: Project,
}

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Project {
    Flux,
    Flagger,
    ArgoCd,
}

/// Checks that nobody else is at work.
pub(super) async fn running(cluster: &Cluster) -> Category {
    let mut category = Category::new("conflicting-controllers");
    let others = match find(cluster).await {
        Ok(others) => others,
        Err(error) => {
            category.check(Hint::Flux, "running controllers can be listed", Some(error.to_string()));
            return category;
        }
    };
    let of = |project: Project| {
        let names: Vec<&str> =
            others.iter().filter(|other| other.project == project).map(|other| other.name.as_str()).collect();
        Some(names.join("\n")).filter(|names| !names.is_empty())
    };
    category.check(Hint::Flux, "no controller of Flux reconciles the same objects", of(Project::Flux));
    category.warn(Hint::Flagger, "no Flagger shifts traffic by itself", of(Project::Flagger));
    category.warn(Hint::ArgoCd, "no Argo CD applies to the same cluster", of(Project::ArgoCd));
    category
}

/// Fails if Flux reconciles the same objects: two that write are worse than none.
pub(in crate::commands) async fn none(cluster: &Cluster) -> Result<(), Failure> {
    let others = find(cluster).await?;
    let flux: Vec<&str> =
        others.iter().filter(|other| other.project == Project::Flux).map(|other| other.name.as_str()).collect();
    if flux.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "controllers of Flux run, and would reconcile the same objects: {}; scale them to 0 first (nothing that they \
         applied is touched by that), see docs/install.md",
        flux.join(", ")
    )))
}

async fn find(cluster: &Cluster) -> Result<Vec<Other>, ClusterError> {
    let mut others = Vec::new();
    for kind in ["Deployment", "StatefulSet"] {
        let gvk = GroupVersionKind::from_api_version("apps/v1", kind);
        let found = cluster.list(&gvk, &Scope::Cluster, &Selector::all()).await?;
        others.extend(found.iter().filter_map(recognise));
    }
    Ok(others)
}

fn recognise(workload: &Value) -> Option<Other> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (metadata, spec) = (&workload["metadata"], &workload["spec"]);
    if spec["replicas"].as_u64() == Some(0) {
        return None;
    }
    let (name, labels) = (text(&metadata["name"]), &metadata["labels"]);
    let label = |key: &str| text(&labels[format!("app.kubernetes.io/{key}").as_str()]);
    let images = spec["template"]["spec"]["containers"].as_array().into_iter().flatten();
    let runs = |image: &str| images.clone().any(|container| text(&container["image"]).contains(image));
    let project = if FLUX.contains(&name.as_str()) && (label("part-of") == "flux" || runs("fluxcd/")) {
        Project::Flux
    } else if label("name") == "flagger" || runs("/flagger:") {
        Project::Flagger
    } else if name.ends_with("application-controller") && label("part-of") == "argocd" {
        Project::ArgoCd
    } else {
        return None;
    };
    Some(Other { name: format!("{} {}/{name}", text(&workload["kind"]), text(&metadata["namespace"])), project })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(name: &str, labels: Value, image: &str, replicas: u64, expected: Expect) {
        let workload = json!({
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "ns", "labels": labels},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"image": image}]}}},
        });
        let found = recognise(&workload).map(|other| format!("{:?}: {}", other.project, other.name));
        expected.assert_eq(&found.unwrap_or_else(|| "nobody".to_owned()));
    }

    #[test]
    fn who_keeps_the_same_objects() {
        let flux = || json!({"app.kubernetes.io/part-of": "flux"});
        check("helm-controller", flux(), "x", 1, expect!["Flux: Deployment ns/helm-controller"]);
        let image = "ghcr.io/fluxcd/source-controller:v1";
        check("source-controller", Value::Null, image, 1, expect!["Flux: Deployment ns/source-controller"]);
        check("kustomize-controller", flux(), "x", 0, expect!["nobody"]);
        check("notification-controller", flux(), "x", 1, expect!["nobody"]);
        check("helm-controller", Value::Null, "example.com/another", 1, expect!["nobody"]);
        let flagger = "ghcr.io/fluxcd/flagger:1.40.0";
        check("mesh-flagger", Value::Null, flagger, 1, expect!["Flagger: Deployment ns/mesh-flagger"]);
        let argo = json!({"app.kubernetes.io/part-of": "argocd"});
        let name = "argocd-application-controller";
        check(name, argo, "x", 1, expect!["ArgoCd: Deployment ns/argocd-application-controller"]);
    }
}
