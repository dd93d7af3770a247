//! How requests are routed, and who may send them: the specs of the mesh's own kinds, field by field.

use manifest::Value;

use super::{Area, Told, group, kind};

/// The groups whose objects say how a mesh behaves.
const GROUPS: [&str; 9] = [
    "extensions.istio.io",
    "flagger.app",
    "gateway.networking.k8s.io",
    "linkerd.io",
    "networking.istio.io",
    "networking.k8s.io",
    "policy.linkerd.io",
    "security.istio.io",
    "telemetry.istio.io",
];

/// How many fields of one object are told one by one.
const MOST: usize = 40;

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    if !GROUPS.contains(&group(before, after)) || kind(before, after) == "CustomResourceDefinition" {
        return;
    }
    told.leaves(Area::Traffic, &before["spec"], &after["spec"], MOST);
}
