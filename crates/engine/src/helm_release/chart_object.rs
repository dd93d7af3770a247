//! The HelmChart that is made for a HelmRelease.

use cluster::{ApplyMode, ObjectRef, Propagation};
use kinds::flux::HelmRelease;
use manifest::{GroupVersionKind, Value};
use plan::labels::{Applier, Owner};
use plan::release::{ChartDecision, chart_decision, chart_name};
use serde_json::json;

use super::halt::Halt;
use crate::Key;
use crate::directory::Kind;
use crate::engine::Engine;

/// Makes, changes or deletes the HelmChart, and notes it in the status. One that is as it should be costs no request.
pub(super) async fn settle(engine: &Engine, release: &mut HelmRelease) -> Result<(), Halt> {
    match chart_decision(release) {
        ChartDecision::None => {}
        ChartDecision::Delete(namespace, name) => {
            delete(engine, &namespace, &name).await?;
            release.status.helm_chart.clear();
        }
        ChartDecision::Apply { mut object, delete: before } => {
            if let Some((namespace, name)) = before {
                delete(engine, &namespace, &name).await?;
                release.status.helm_chart.clear();
            }
            let key = key(&object);
            let live = live(engine, &key).await?;
            if !live.is_some_and(|live| holds(&live, &object)) {
                object["apiVersion"] = json!(api_version(engine).await?);
                let mode = ApplyMode::forced(Applier::HelmRelease.manager());
                let applied = engine.cluster.apply(&object, None, &mode).await.map_err(|error| {
                    Halt::ChartObject(format!("failed to run server-side apply: HelmChart '{key}': {error}"))
                })?;
                // Ahead of its watch event: the chart of the generation before must not be taken for this one's.
                engine.directory.record(Kind::HelmChart, &key, applied.object);
            }
            release.status.helm_chart = key.to_string();
        }
    }
    Ok(())
}

/// Deletes the HelmChart of a HelmRelease that goes, also one that was made a moment before a crash.
pub(super) async fn forget(engine: &Engine, release: &mut HelmRelease) -> Result<(), Halt> {
    settle(engine, release).await?;
    let Some(template) = &release.spec.chart else { return Ok(()) };
    let (namespace, name) = (template.namespace(&release.metadata), chart_name(release));
    let own = Owner::new(Applier::HelmRelease, &release.metadata.namespace, &release.metadata.name);
    match live(engine, &Key::new(namespace, name.as_str())).await? {
        Some(chart) if Owner::of(&chart) == Some(own) => delete(engine, namespace, &name).await,
        Some(_) | None => Ok(()),
    }
}

/// The HelmChart as it is. One that no watch has told of yet is looked up: right after a start there may be many.
async fn live(engine: &Engine, key: &Key) -> Result<Option<Value>, Halt> {
    if let Some(live) = engine.directory.get(Kind::HelmChart, key) {
        return Ok(Some(live));
    }
    let gvk = GroupVersionKind::from_api_version(&api_version(engine).await?, "HelmChart");
    Ok(engine.cluster.get(&ObjectRef::new(gvk, &*key.namespace, &*key.name)).await?)
}

async fn delete(engine: &Engine, namespace: &str, name: &str) -> Result<(), Halt> {
    let gvk = GroupVersionKind::from_api_version(&api_version(engine).await?, "HelmChart");
    let object = ObjectRef::new(gvk, namespace, name);
    engine
        .cluster
        .delete(&object, Propagation::Background, None)
        .await
        .map(|_| ())
        .map_err(|error| Halt::ChartObject(format!("failed to delete HelmChart '{namespace}/{name}': {error}")))
}

/// The version of HelmCharts that the API server prefers.
async fn api_version(engine: &Engine) -> Result<String, Halt> {
    Ok(engine.cluster.preferred("source.toolkit.fluxcd.io", "HelmChart").await?.gvk.api_version())
}

fn key(object: &Value) -> Key {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    Key::new(text("namespace"), text("name"))
}

/// Whether a live HelmChart is as it is wanted, and has nothing in its spec that is not.
fn holds(live: &Value, wanted: &Value) -> bool {
    let subset = |field: &str| {
        let wanted = wanted["metadata"][field].as_object().into_iter().flatten();
        wanted.into_iter().all(|(key, value)| live["metadata"][field].get(key) == Some(value))
    };
    let absent = ["valuesFiles", "ignoreMissingValuesFiles", "verify"];
    let spec = wanted["spec"].as_object().into_iter().flatten();
    subset("labels")
        && subset("annotations")
        && spec.into_iter().all(|(key, value)| live["spec"].get(key) == Some(value))
        && absent.iter().all(|field| live["spec"].get(field).is_some() == wanted["spec"].get(field).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_left_alone_only_if_nothing_of_it_differs() {
        let wanted = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"chart": "web", "valuesFiles": ["a"]}});
        let check = |live: Value, expected: bool| assert_eq!(holds(&live, &wanted), expected, "{live}");
        check(wanted.clone(), true);
        let more = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"chart": "web", "valuesFiles": ["a"], "version": "*"}});
        check(more, true);
        check(json!({"metadata": {"labels": {"a": "1"}}, "spec": {"chart": "web"}}), false);
        check(json!({"metadata": {"labels": {"a": "2"}}, "spec": {"chart": "web", "valuesFiles": ["a"]}}), false);
        let verified =
            json!({"metadata": {"labels": {"a": "1"}}, "spec": {"chart": "web", "valuesFiles": ["a"], "verify": {}}});
        check(verified, false);
    }
}
