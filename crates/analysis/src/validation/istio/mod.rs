//! The meaning of every Istio kind: one file per kind, and what they share.

mod authorization_condition;
mod authorization_policy;
pub(super) mod connection_pool;
mod destination;
mod destination_rule;
mod envoy_filter;
mod export_to;
mod gateway;
mod gateway_names;
mod http_actions;
mod http_fault;
mod http_match;
mod http_route;
mod json_web_keys;
mod listener_tls;
mod load_balancer;
pub(super) mod locality;
pub(super) mod outlier_detection;
mod path_template;
mod peer_authentication;
mod proxy_config;
mod request_authentication;
pub(super) mod retries;
mod service_entry;
mod sidecar;
mod socket;
mod telemetry;
mod traffic_extension;
mod traffic_policy;
mod unused_routes;
pub(super) mod upstream_tls;
mod virtual_service;
mod wasm_plugin;
mod workload_entry;
mod workload_group;

pub use unused_routes::{Reach, unused_routes};

use mesh::{Field, KindName, kind};

use super::problem::Problems;
use super::subject::Subject;

/// How one kind is judged.
type Check = for<'w> fn(Subject<'w>, &mut Problems<'w>);

const KINDS: [(KindName, Check); 15] = [
    (kind::VIRTUAL_SERVICE, virtual_service::check),
    (kind::DESTINATION_RULE, destination_rule::check),
    (kind::ISTIO_GATEWAY, gateway::check),
    (kind::SERVICE_ENTRY, service_entry::check),
    (kind::SIDECAR, sidecar::check),
    (kind::WORKLOAD_ENTRY, workload_entry::check),
    (kind::WORKLOAD_GROUP, workload_group::check),
    (kind::ENVOY_FILTER, envoy_filter::check),
    (kind::PROXY_CONFIG, proxy_config::check),
    (kind::ISTIO_AUTHORIZATION_POLICY, authorization_policy::check),
    (kind::PEER_AUTHENTICATION, peer_authentication::check),
    (kind::REQUEST_AUTHENTICATION, request_authentication::check),
    (kind::TELEMETRY, telemetry::check),
    (kind::WASM_PLUGIN, wasm_plugin::check),
    (kind::TRAFFIC_EXTENSION, traffic_extension::check),
];

/// Annotations that Istio sets on objects that it makes itself.
const RESERVED: [&str; 3] =
    ["internal.istio.io/webhook-always-reject", "internal.istio.io/parent-namespace", "internal.istio.io/parents"];
/// The annotation that makes a policy only report.
const DRY_RUN: &str = "istio.io/dry-run";

/// Judges an object of Istio's; any other is left alone.
pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let Some((_, check)) = KINDS.iter().find(|(kind, _)| subject.is(*kind)) else { return };
    annotations(subject, problems);
    check(subject, problems);
}

fn annotations<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    for name in RESERVED {
        if let Some(annotation) = subject.annotation(name) {
            problems.error(annotation, format!("the annotation `{name}` is Istio's own; objects with it are refused"));
        }
    }
    let Some(dry_run) = subject.annotation(DRY_RUN) else { return };
    let text = dry_run.as_str().unwrap_or_default();
    let spec = subject.root.get("spec");
    if !subject.is(kind::ISTIO_AUTHORIZATION_POLICY) {
        problems.error(dry_run, format!("the annotation `{DRY_RUN}` is only for AuthorizationPolicies"));
    } else if matches!(spec.map(|spec| spec.text("action")), Some("AUDIT" | "CUSTOM")) {
        problems.error(dry_run, format!("the annotation `{DRY_RUN}` is only for the actions ALLOW and DENY"));
    } else if !is_flag(text) {
        problems.error(dry_run, format!("the annotation `{DRY_RUN}` is `{text}`, which is neither `true` nor `false`"));
    }
}

/// Whether Go's `strconv.ParseBool` reads a text.
fn is_flag(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False")
}

/// The number that is the member `name`.
fn number(around: Field<'_>, name: &str) -> Option<f64> {
    around.get(name)?.value().as_f64()
}

/// Whether the member `name` says anything: a text, list or map that is not empty, a flag that is set, or a number other
/// than zero.
fn says(around: Field<'_>, name: &str) -> bool {
    around.get(name).is_some_and(|field| match field.value() {
        manifest::Value::String(text) => !text.is_empty(),
        manifest::Value::Array(items) => !items.is_empty(),
        manifest::Value::Object(members) => !members.is_empty(),
        manifest::Value::Number(number) => number.as_f64() != Some(0.0),
        manifest::Value::Bool(flag) => *flag,
        manifest::Value::Null => false,
    })
}

/// The items of a list that are objects: the schema has spoken of the others.
fn objects<'w>(around: Field<'w>, name: &str) -> impl Iterator<Item = Field<'w>> + Clone + use<'w> {
    around.list(name).filter(|item| item.value().is_object())
}

/// Every member of these that is negative.
fn not_negative<'w>(around: Field<'w>, names: &[&str], problems: &mut Problems<'w>) {
    for name in names {
        if let (Some(field), Some(..0)) = (around.get(name), around.integer(name)) {
            problems.error(
                field,
                format!("`{name}` is {}, and must not be negative", around.integer(name).unwrap_or_default()),
            );
        }
    }
}
