//! Tables of access, policy, storage, scheduling, coordination and extension kinds.

use serde_json::Value;

use super::Printer;
use super::cells::{count, joined, list, object_age, or, text};
use super::core::name;

/// The printer of a kind, if it is one of this file's.
pub(super) fn printer(group: &str, kind: &str) -> Option<&'static Printer> {
    Some(match (group, kind) {
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => &Printer {
            columns: &[("Name", "string", 0), ("Created At", "date", 0)],
            cells: |object, _| vec![name(object), object["metadata"]["creationTimestamp"].clone()],
        },
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Role", "string", 0),
                ("Age", "string", 0),
                ("Users", "string", 1),
                ("Groups", "string", 1),
                ("ServiceAccounts", "string", 1),
            ],
            cells: |object, now| {
                let of = |kind: &str| {
                    let chosen = list(&object["subjects"]).iter().filter(|subject| subject["kind"] == kind);
                    let texts: Vec<String> = chosen
                        .map(|subject| match text(&subject["namespace"]) {
                            "" => text(&subject["name"]).to_owned(),
                            namespace => format!("{namespace}/{}", text(&subject["name"])),
                        })
                        .collect();
                    Value::from(texts.join(", "))
                };
                let role = format!("{}/{}", text(&object["roleRef"]["kind"]), text(&object["roleRef"]["name"]));
                vec![name(object), role.into(), object_age(object, now), of("User"), of("Group"), of("ServiceAccount")]
            },
        },
        ("policy", "PodDisruptionBudget") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Min Available", "string", 0),
                ("Max Unavailable", "string", 0),
                ("Allowed Disruptions", "integer", 0),
                ("Age", "string", 0),
            ],
            cells: |object, now| {
                let limit = |field: &str| match &object["spec"][field] {
                    Value::Null => "N/A".into(),
                    Value::String(text) => Value::from(text.as_str()),
                    other => other.to_string().into(),
                };
                vec![
                    name(object),
                    limit("minAvailable"),
                    limit("maxUnavailable"),
                    count(&object["status"]["disruptionsAllowed"]).into(),
                    object_age(object, now),
                ]
            },
        },
        ("storage.k8s.io", "StorageClass") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Provisioner", "string", 0),
                ("ReclaimPolicy", "string", 0),
                ("VolumeBindingMode", "string", 0),
                ("AllowVolumeExpansion", "string", 0),
                ("Age", "string", 0),
            ],
            cells: |object, now| {
                let default =
                    object["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
                let shown = text(&object["metadata"]["name"]).to_owned() + if default { " (default)" } else { "" };
                vec![
                    shown.into(),
                    object["provisioner"].clone(),
                    or(&object["reclaimPolicy"], "Delete"),
                    or(&object["volumeBindingMode"], "Immediate"),
                    (object["allowVolumeExpansion"] == true).into(),
                    object_age(object, now),
                ]
            },
        },
        ("coordination.k8s.io", "Lease") => &Printer {
            columns: &[("Name", "string", 0), ("Holder", "string", 0), ("Age", "string", 0)],
            cells: |object, now| {
                vec![name(object), text(&object["spec"]["holderIdentity"]).into(), object_age(object, now)]
            },
        },
        ("scheduling.k8s.io", "PriorityClass") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Value", "integer", 0),
                ("Global-Default", "boolean", 0),
                ("Age", "string", 0),
                ("PreemptionPolicy", "string", 0),
            ],
            cells: |object, now| {
                vec![
                    name(object),
                    count(&object["value"]).into(),
                    (object["globalDefault"] == true).into(),
                    object_age(object, now),
                    object["preemptionPolicy"].clone(),
                ]
            },
        },
        ("node.k8s.io", "RuntimeClass") => &Printer {
            columns: &[("Name", "string", 0), ("Handler", "string", 0), ("Age", "string", 0)],
            cells: |object, now| vec![name(object), object["handler"].clone(), object_age(object, now)],
        },
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            &Printer {
                columns: &[("Name", "string", 0), ("Webhooks", "integer", 0), ("Age", "string", 0)],
                cells: |object, now| {
                    vec![name(object), list(&object["webhooks"]).len().into(), object_age(object, now)]
                },
            }
        }
        ("apiregistration.k8s.io", "APIService") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Service", "string", 0),
                ("Available", "string", 0),
                ("Age", "string", 0),
            ],
            cells: |object, now| {
                let service = &object["spec"]["service"];
                let shown = if service.is_object() {
                    format!("{}/{}", text(&service["namespace"]), text(&service["name"]))
                } else {
                    "Local".to_owned()
                };
                vec![
                    name(object),
                    shown.into(),
                    super::cells::condition(object, "Available").into(),
                    object_age(object, now),
                ]
            },
        },
        ("", "ResourceQuota") => &Printer {
            columns: &[("Name", "string", 0), ("Request", "string", 0), ("Limit", "string", 0), ("Age", "string", 0)],
            cells: |object, now| {
                let status = &object["status"];
                let of = |limits: Limits| {
                    let hard = status["hard"].as_object().into_iter().flatten();
                    let chosen = hard.filter(|(name, _)| name.starts_with("limits.") == (limits == Limits::Yes));
                    let texts: Vec<String> = chosen
                        .map(|(name, most)| format!("{name}: {}/{}", text(&status["used"][name]), text(most)))
                        .collect();
                    Value::from(texts.join(", "))
                };
                vec![name(object), of(Limits::No), of(Limits::Yes), object_age(object, now)]
            },
        },
        ("networking.k8s.io", "ServiceCIDR") => &Printer {
            columns: &[("Name", "string", 0), ("CIDRs", "string", 0), ("Age", "string", 0)],
            cells: |object, now| {
                let ranges = joined(list(&object["spec"]["cidrs"]).iter().map(|range| text(range).to_owned()));
                vec![name(object), ranges, object_age(object, now)]
            },
        },
        ("apiextensions.k8s.io", "CustomResourceDefinition") => &Printer {
            columns: &[("Name", "string", 0), ("Created At", "date", 0)],
            cells: |object, _| vec![name(object), object["metadata"]["creationTimestamp"].clone()],
        },
        _ => return None,
    })
}

/// Which half of a quota a column shows.
#[derive(Clone, Copy, PartialEq)]
enum Limits {
    Yes,
    No,
}
