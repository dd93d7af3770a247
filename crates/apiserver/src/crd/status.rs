//! `status` of a CustomResourceDefinition: accepted names, stored versions, conditions.

use serde_json::{Value, json};

use crate::registry::Registry;

/// Whether a definition's names are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// They are.
    Accepted,
    /// Another resource of the group has one of them; the text says which.
    Conflict(String),
}

impl Names {
    /// Whether the names of `crd` are free in `registry`, apart from what `crd` itself serves already.
    pub fn of(crd: &Value, registry: &Registry) -> Names {
        let spec = &crd["spec"];
        let (group, plural) =
            (spec["group"].as_str().unwrap_or_default(), spec["names"]["plural"].as_str().unwrap_or_default());
        let others = || registry.iter().filter(|other| other.gvk.group == group && other.plural != plural);
        let kind = spec["names"]["kind"].as_str().unwrap_or_default();
        if others().any(|other| other.gvk.kind == kind) {
            return Names::Conflict(format!("\"{kind}\" is already in use"));
        }
        let singular = spec["names"]["singular"].as_str().unwrap_or_default();
        let short = spec["names"]["shortNames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in
            std::iter::once(plural).chain(std::iter::once(singular)).chain(short).filter(|name| !name.is_empty())
        {
            let taken = |other: &crate::registry::Resource| {
                other.plural == name || other.singular == name || other.short_names.iter().any(|short| short == name)
            };
            if others().any(|other| taken(other)) {
                return Names::Conflict(format!("\"{name}\" is already in use"));
            }
        }
        Names::Accepted
    }
}

/// Brings `status` up to date after the definition was written; `now` is RFC 3339. Returns whether the definition is
/// established, that is, whether its resources are to be served.
pub fn refresh_status(crd: &mut Value, names: &Names, now: &str) -> Established {
    let storage = crd["spec"]["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|version| version["storage"] == true)
        .map(|version| version["name"].clone());
    let mut stored = crd["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    stored.extend(storage.filter(|name| !stored.contains(name)));
    let was_established = condition(crd, "Established").is_some_and(|condition| condition["status"] == "True");
    let (accepted, established) = match names {
        Names::Accepted => (
            json!({"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"}),
            json!({"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"}),
        ),
        Names::Conflict(message) => (
            json!({"type": "NamesAccepted", "status": "False", "reason": "NameConflict", "message": message}),
            json!({
                "type": "Established",
                "status": if was_established { "True" } else { "False" },
                "reason": if was_established { "InitialNamesAccepted" } else { "NotAccepted" },
                "message": if was_established { "the initial names have been accepted" } else { "not all names are accepted" },
            }),
        ),
    };
    let is_established = established["status"] == "True";
    let conditions: Vec<Value> = [accepted, established].into_iter().map(|next| timed(crd, next, now)).collect();
    let accepted_names = match names {
        Names::Accepted => crd["spec"]["names"].clone(),
        Names::Conflict(_) => {
            crd["status"].get("acceptedNames").cloned().unwrap_or_else(|| json!({"plural": "", "kind": ""}))
        }
    };
    crd["status"] = json!({"acceptedNames": accepted_names, "storedVersions": stored, "conditions": conditions});
    if is_established { Established::Yes } else { Established::No }
}

/// Whether the resources of a definition are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Established {
    /// They are.
    Yes,
    /// They are not: the names conflict.
    No,
}

fn condition<'a>(crd: &'a Value, ty: &str) -> Option<&'a Value> {
    crd["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == ty)
}

/// `next` with its transition time: the old one where the status did not change.
fn timed(crd: &Value, mut next: Value, now: &str) -> Value {
    let before = condition(crd, next["type"].as_str().unwrap_or_default());
    next["lastTransitionTime"] = match before {
        Some(before) if before["status"] == next["status"] => before["lastTransitionTime"].clone(),
        Some(_) | None => json!(now),
    };
    next
}
