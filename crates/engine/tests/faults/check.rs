//! Whether a cluster is as Git declares it, and if not, where it differs.

use std::collections::{BTreeMap, BTreeSet};

use manifest::Value;
use render::helm::storage::{Release as Stored, read_object};
use serde_json::json;

use crate::files::{Names, ROOT};
use crate::ground::Ground;
use crate::history::State;

/// Everything that is not as it should be. `revision` is the one that Git is at.
pub(crate) async fn differences(ground: &Ground, names: &Names, state: &State, revision: &str) -> Vec<String> {
    let mut found = Vec::new();
    kustomizations(ground, names, state, revision, &mut found).await;
    releases(ground, names, state, &mut found).await;
    objects(ground, names, state, &mut found).await;
    found
}

async fn kustomizations(ground: &Ground, names: &Names, state: &State, revision: &str, found: &mut Vec<String>) {
    let live = by_name(ground.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &names.flux).await);
    let wanted = state.units.keys().map(String::as_str).chain([ROOT]);
    same_names("Kustomization", wanted, &live, found);
    for (name, object) in &live {
        is_ready("Kustomization", name, object, found);
        let status = &object["status"];
        if status["lastAppliedRevision"] != revision {
            found.push(format!("Kustomization {name} has applied {}, not {revision}", status["lastAppliedRevision"]));
        }
        let Names { flux, apps } = names;
        let inventory: BTreeSet<String> = match state.units.get(name) {
            Some(unit) => {
                let maps = unit.maps.keys().map(|map| format!("{apps}_{map}__ConfigMap"));
                maps.chain(unit.workloads.keys().map(|work| format!("{apps}_{work}_apps_Deployment"))).collect()
            }
            None => {
                let units =
                    state.units.keys().map(|unit| format!("{flux}_{unit}_kustomize.toolkit.fluxcd.io_Kustomization"));
                let releases = state.releases.keys();
                units.chain(releases.map(|name| format!("{flux}_{name}_helm.toolkit.fluxcd.io_HelmRelease"))).collect()
            }
        };
        same_inventory("Kustomization", name, object, &inventory, found);
    }
}

async fn releases(ground: &Ground, names: &Names, state: &State, found: &mut Vec<String>) {
    let live = by_name(ground.list("helm.toolkit.fluxcd.io/v2", "HelmRelease", &names.flux).await);
    same_names("HelmRelease", state.releases.keys().map(String::as_str), &live, found);
    let charts = by_name(ground.list("source.toolkit.fluxcd.io/v1", "HelmChart", &names.flux).await);
    let wanted: Vec<String> = state.releases.keys().map(|name| format!("{}-{name}", names.flux)).collect();
    same_names("HelmChart", wanted.iter().map(String::as_str), &charts, found);
    let version = format!("1.0.{}", state.chart.patch);
    for (name, object) in &live {
        is_ready("HelmRelease", name, object, found);
        if object["status"]["lastAttemptedRevision"] != *version {
            found
                .push(format!("HelmRelease {name} is at {}, not {version}", object["status"]["lastAttemptedRevision"]));
        }
        let maps = state.chart.extras.iter().map(|extra| format!("{}_{name}-{extra}__ConfigMap", names.apps));
        let inventory = maps.chain([format!("{}_{name}__ConfigMap", names.apps)]).collect();
        same_inventory("HelmRelease", name, object, &inventory, found);
    }
    let stored = stored(ground, names).await;
    for (name, revisions) in &stored {
        match state.releases.get(name) {
            Some(release) => history(name, revisions, &version, release.value, found),
            None => found
                .push(format!("{} revisions of release {name}, which is not declared, are stored", revisions.len())),
        }
    }
    found.extend(
        state
            .releases
            .keys()
            .filter(|name| !stored.contains_key(*name))
            .map(|name| format!("no revision of release {name} is stored")),
    );
}

/// The stored revisions of every release, oldest first.
async fn stored(ground: &Ground, names: &Names) -> BTreeMap<String, Vec<Stored>> {
    let mut stored: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
    for secret in ground.list("v1", "Secret", &names.flux).await {
        if secret["type"] == "helm.sh/release.v1" {
            let release = read_object(&secret).unwrap();
            stored.entry(release.name.clone()).or_default().push(release);
        }
    }
    stored.values_mut().for_each(|revisions| revisions.sort_by_key(|release| release.version));
    stored
}

/// One revision is deployed, the last one; none is missing; and none was made without a reason.
fn history(name: &str, revisions: &[Stored], version: &str, value: u64, found: &mut Vec<String>) {
    let told: Vec<String> =
        revisions.iter().map(|release| format!("{} {}", release.version, release.info.status)).collect();
    let statuses: Vec<String> = revisions.iter().map(|release| release.info.status.to_string()).collect();
    let deployed = statuses.iter().filter(|status| *status == "deployed").count();
    if deployed != 1 || statuses.last().is_none_or(|last| last != "deployed") {
        found.push(format!("release {name}: not one deployed revision, the last: {told:?}"));
    }
    if statuses.iter().any(|status| status.starts_with("pending") || status == "uninstalling") {
        found.push(format!("release {name}: something is still pending: {told:?}"));
    }
    let first = revisions.first().map_or(1, |release| release.version);
    let counted = (first..).zip(revisions).all(|(number, release)| release.version == number);
    if !counted {
        found.push(format!("release {name}: revisions are missing: {told:?}"));
    }
    for pair in revisions.windows(2) {
        let succeeded =
            |release: &Stored| matches!(release.info.status.to_string().as_str(), "deployed" | "superseded");
        let says = |release: &Stored| (release.manifest.clone(), format!("{:?}", release.config));
        if pair.iter().all(succeeded) && says(&pair[0]) == says(&pair[1]) {
            found.push(format!("release {name}: revision {} repeats the one before: {told:?}", pair[1].version));
        }
    }
    if let Some(last) = revisions.last() {
        let has_value = last.manifest.contains(&format!("value: \"{value}\""));
        if !last.manifest.contains(&format!("version: {version}")) || !has_value {
            found.push(format!("release {name}: the last revision is not of {version} with {value}"));
        }
    }
}

async fn objects(ground: &Ground, names: &Names, state: &State, found: &mut Vec<String>) {
    let version = format!("1.0.{}", state.chart.patch);
    let mut maps: BTreeMap<String, (Value, Option<&str>)> = BTreeMap::new();
    for (unit, declared) in &state.units {
        let values = declared.maps.iter();
        maps.extend(
            values.map(|(map, value)| (map.clone(), (json!({"value": value.to_string()}), Some(unit.as_str())))),
        );
    }
    for (name, release) in &state.releases {
        maps.insert(name.clone(), (json!({"value": release.value.to_string(), "version": version}), None));
        maps.extend(state.chart.extras.iter().map(|extra| (format!("{name}-{extra}"), (Value::Null, None))));
    }
    let mut live = by_name(ground.list("v1", "ConfigMap", &names.apps).await);
    live.remove("kube-root-ca.crt");
    // Hooks are no part of a release: what a hook left behind stays when its release is uninstalled.
    let is_leftover = |name: &str| {
        let release = name.strip_suffix("-before").or_else(|| name.strip_suffix("-after"));
        release.is_some_and(|release| !state.releases.contains_key(release))
    };
    live.retain(|name, _| !is_leftover(name));
    same_names("ConfigMap", maps.keys().map(String::as_str), &live, found);
    for (name, (data, owner)) in &maps {
        let Some(object) = live.get(name) else { continue };
        if object["data"] != *data {
            found.push(format!("ConfigMap {name} holds {}, not {data}", object["data"]));
        }
        is_owned("ConfigMap", name, object, *owner, found);
    }
    let live = by_name(ground.list("apps/v1", "Deployment", &names.apps).await);
    let wanted: BTreeMap<&str, (&str, u64)> = state
        .units
        .iter()
        .flat_map(|(unit, declared)| {
            declared.workloads.iter().map(|(work, value)| (work.as_str(), (unit.as_str(), *value)))
        })
        .collect();
    same_names("Deployment", wanted.keys().copied(), &live, found);
    for (name, (owner, value)) in wanted {
        let Some(object) = live.get(name) else { continue };
        let image = format!("example.com/{name}:{value}");
        if object["spec"]["template"]["spec"]["containers"][0]["image"] != *image {
            found.push(format!("Deployment {name} does not run {image}"));
        }
        is_owned("Deployment", name, object, Some(owner), found);
    }
}

fn by_name(objects: Vec<Value>) -> BTreeMap<String, Value> {
    objects.into_iter().map(|object| (object["metadata"]["name"].as_str().unwrap().to_owned(), object)).collect()
}

fn same_names<'a>(
    kind: &str,
    wanted: impl Iterator<Item = &'a str>,
    live: &BTreeMap<String, Value>,
    found: &mut Vec<String>,
) {
    let wanted: BTreeSet<&str> = wanted.collect();
    found.extend(
        wanted.iter().filter(|name| !live.contains_key(**name)).map(|name| format!("{kind} {name} is missing")),
    );
    let spare = live.keys().filter(|name| !wanted.contains(name.as_str()));
    found.extend(spare.map(|name| format!("{kind} {name} should not be there")));
}

fn is_ready(kind: &str, name: &str, object: &Value, found: &mut Vec<String>) {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready").unwrap_or(&Value::Null);
    let is_current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    if ready["status"] != "True" || !is_current {
        found.push(format!("{kind} {name} is not ready (observed: {is_current}): {}", ready["message"]));
    }
    if !object["metadata"]["deletionTimestamp"].is_null() {
        found.push(format!("{kind} {name} is being deleted"));
    }
}

fn same_inventory(kind: &str, name: &str, object: &Value, wanted: &BTreeSet<String>, found: &mut Vec<String>) {
    let entries = object["status"]["inventory"]["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let listed: BTreeSet<String> = entries.iter().filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect();
    if listed != *wanted || entries.len() != wanted.len() {
        let more: Vec<_> = listed.difference(wanted).collect();
        let less: Vec<_> = wanted.difference(&listed).collect();
        found.push(format!("{kind} {name}: the inventory has {more:?} too many and lacks {less:?}"));
    }
}

fn is_owned(kind: &str, name: &str, object: &Value, owner: Option<&str>, found: &mut Vec<String>) {
    let label = &object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"];
    if label.as_str() != owner {
        found.push(format!("{kind} {name} belongs to {label}, not to {owner:?}"));
    }
}
