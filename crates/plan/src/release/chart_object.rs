//! The HelmChart that is made for a HelmRelease.

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{ChartTemplate, ReleaseChart};
use serde_json::{Map, Value, json};

use crate::labels::Applier;

/// What becomes of the HelmChart of a HelmRelease.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartDecision {
    /// There is none to be made.
    None,
    /// It is applied, after the one of another name (`namespace`, `name`) is deleted.
    Apply {
        /// The object.
        object: Value,
        /// What was made before.
        delete: Option<(String, String)>,
    },
    /// The one that was made (`namespace`, `name`) is deleted.
    Delete(String, String),
}

/// The name of the HelmChart: `<namespace>-<name>` of the HelmRelease.
pub fn chart_name(release: &HelmRelease) -> String {
    format!("{}-{}", release.metadata.namespace, release.metadata.name)
}

/// What becomes of the HelmChart. After an [`ChartDecision::Apply`], `status.helmChart` is `<namespace>/<name>` of it;
/// after a [`ChartDecision::Delete`], empty.
pub fn chart_decision(release: &HelmRelease) -> ChartDecision {
    let made = release.status.made_chart().map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
    let deleted = release.metadata.deletion_timestamp.is_some();
    match (release.chart(), made) {
        (_, Some((namespace, name))) if deleted => ChartDecision::Delete(namespace, name),
        (_, None) if deleted => ChartDecision::None,
        (Ok(ReleaseChart::Template(template)), made) => {
            let wanted = (template.namespace(&release.metadata).to_owned(), chart_name(release));
            let delete = made.filter(|made| *made != wanted);
            ChartDecision::Apply { object: object(release, template), delete }
        }
        (Ok(ReleaseChart::Reference(_)), Some((namespace, name))) => ChartDecision::Delete(namespace, name),
        (Ok(ReleaseChart::Reference(_)) | Err(_), _) => ChartDecision::None,
    }
}

/// The HelmChart as it is applied, with the labels of its owner.
fn object(release: &HelmRelease, template: &ChartTemplate) -> Value {
    let from = &template.spec;
    let mut labels = template.metadata.labels.clone();
    labels.insert(Applier::HelmRelease.name_label().to_owned(), release.metadata.name.clone());
    labels.insert(Applier::HelmRelease.namespace_label().to_owned(), release.metadata.namespace.clone());
    let mut metadata = json!({
        "name": chart_name(release),
        "namespace": template.namespace(&release.metadata),
        "labels": labels,
    });
    if !template.metadata.annotations.is_empty() {
        metadata["annotations"] = json!(template.metadata.annotations);
    }
    let mut spec = Map::new();
    spec.insert("chart".to_owned(), json!(from.chart));
    if !from.version.is_empty() {
        spec.insert("version".to_owned(), json!(from.version));
    }
    spec.insert("sourceRef".to_owned(), json!({"kind": from.source_ref.kind.name(), "name": from.source_ref.name}));
    spec.insert("interval".to_owned(), json!(template.interval(release).to_string()));
    spec.insert("reconcileStrategy".to_owned(), json!(from.reconcile_strategy.name()));
    let files = from.all_values_files();
    if !files.is_empty() {
        spec.insert("valuesFiles".to_owned(), json!(files));
    }
    if from.ignore_missing_values_files {
        spec.insert("ignoreMissingValuesFiles".to_owned(), json!(true));
    }
    if let Some(verify) = &from.verify {
        spec.insert("verify".to_owned(), json!(verify));
    }
    json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart", "metadata": metadata, "spec": spec})
}
