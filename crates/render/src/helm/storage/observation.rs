//! What helm-controller looks at of a release, and its digest of values.
//!
//! helm-controller remembers a digest of each release it made. If the release in storage has another one, somebody else
//! changed it. The digest is over the JSON that Go writes of what it observed, so this is that JSON.

use serde::Serialize;
use serde_json::{Map, Number, Value};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::release::{Hook, HookRun};
use super::{Info, Metadata, Release, StorageError, time};

/// The fields and their order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Observation<'r> {
    name: &'r str,
    version: u32,
    info: Info,
    chart_metadata: Metadata,
    config: Option<Value>,
    manifest: &'r str,
    hooks: Option<Vec<Hook>>,
    namespace: &'r str,
}

/// What helm-controller observes of a release, in Go's JSON and without a line break. Tests are left out, so that they can
/// be run by hand.
///
/// The digest in the status is over this text with `,"ociDigest":"…"` before its last brace, where the chart came in an
/// OCI artifact, and a line break after it.
///
/// # Errors
///
/// If the release has no JSON, which no release that was read or made here has.
pub fn observation(release: &Release) -> Result<String, StorageError> {
    let hooks: Vec<Hook> = release.hooks.iter().filter(|hook| !hook.fires_on("test")).map(observed_hook).collect();
    let observation = Observation {
        name: &release.name,
        version: release.version,
        info: observed_info(&release.info),
        chart_metadata: release.chart.as_ref().map(|chart| chart.metadata.clone()).unwrap_or_default(),
        config: (!release.config.is_empty())
            .then(|| with_numbers(&Value::Object(release.config.clone()), &Number::from_f64)),
        manifest: &release.manifest,
        hooks: (!hooks.is_empty()).then_some(hooks),
        namespace: &release.namespace,
    };
    Ok(manifest::go_json::to_string(&observation)?)
}

/// `sha256:…` of values, as helm-controller computes it: of their YAML with sorted keys, and of nothing if there are none.
pub fn config_digest(values: &Map<String, Value>) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(config_text(values))))
}

/// SHA-1 of values, as `lastAttemptedValuesChecksum` of v2beta1 has it.
pub fn config_checksum(values: &Map<String, Value>) -> String {
    hex::encode(Sha1::digest(config_text(values)))
}

fn config_text(values: &Map<String, Value>) -> String {
    if values.is_empty() {
        return String::new();
    }
    manifest::yaml::write_in_byte_order(&with_numbers(&Value::Object(values.clone()), &integer_or_float))
}

/// The same with numbers as Go has them: it reads all of them as `float64`, which `write` then makes something of.
fn with_numbers(value: &Value, write: &dyn Fn(f64) -> Option<Number>) -> Value {
    match value {
        Value::Number(number) => number.as_f64().and_then(write).map_or_else(|| value.clone(), Value::Number),
        Value::Array(items) => items.iter().map(|item| with_numbers(item, write)).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), with_numbers(value, write))).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// A float as `sigs.k8s.io/yaml` takes it from JSON to YAML: with all its digits, if it is an integer of 64 bits.
fn integer_or_float(float: f64) -> Option<Number> {
    // Both bounds are exact as floats; below them nothing is lost.
    if float.fract() != 0.0 {
        Number::from_f64(float)
    } else if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float) {
        Some(Number::from(float as i64))
    } else if (0.0..18_446_744_073_709_551_616.0).contains(&float) {
        Some(Number::from(float as u64))
    } else {
        Number::from_f64(float)
    }
}

fn observed_info(info: &Info) -> Info {
    let time = |text: &Option<String>| text.as_deref().map(time::canonical);
    Info {
        first_deployed: time(&info.first_deployed),
        last_deployed: time(&info.last_deployed),
        deleted: time(&info.deleted),
        other: Map::new(),
        ..info.clone()
    }
}

fn observed_hook(hook: &Hook) -> Hook {
    let time = |text: &Option<String>| text.as_deref().map(time::canonical);
    let last_run = HookRun {
        started_at: time(&hook.last_run.started_at),
        completed_at: time(&hook.last_run.completed_at),
        phase: hook.last_run.phase.clone(),
    };
    Hook { last_run, other: Map::new(), ..hook.clone() }
}
