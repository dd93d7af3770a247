//! `status` of a CustomResourceDefinition: accepted names, stored versions, conditions.

use serde_json::{Value, json};

use crate::registry::Registry;

/// Which names of a definition are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// What the kind is called from now on: names that are not free stay what they were.
    accepted: Value,
    /// What is not free, if anything is.
    conflict: Option<Conflict>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Conflict {
    reason: &'static str,
    message: String,
}

impl Names {
    /// Tells which names of `crd` are free in `registry`, apart from what `crd` itself serves already.
    pub fn of(crd: &Value, registry: &Registry) -> Names {
        let spec = &crd["spec"];
        let (group, wanted) = (spec["group"].as_str().unwrap_or_default(), &spec["names"]);
        let plural = wanted["plural"].as_str().unwrap_or_default();
        let others = || registry.iter().filter(|other| other.gvk.group == group && other.plural != plural);
        let in_use = |name: &str| format!("\"{name}\" is already in use");
        let names_resource = |name: &&str| {
            others().any(|other| {
                other.plural == *name || other.singular == *name || other.short_names.iter().any(|short| short == name)
            })
        };
        let names_kind =
            |name: &&str| others().any(|other| other.gvk.kind == *name || format!("{}List", other.gvk.kind) == *name);
        let nothing = json!({"plural": "", "kind": ""});
        let mut accepted = crd["status"].get("acceptedNames").cloned().unwrap_or(nothing);
        let mut conflict = None;
        const FIELDS: [(&str, &str); 5] = [
            ("plural", "PluralConflict"),
            ("singular", "SingularConflict"),
            ("shortNames", "ShortNamesConflict"),
            ("kind", "KindConflict"),
            ("listKind", "ListKindConflict"),
        ];
        for (field, reason) in FIELDS {
            let Some(value) = wanted.get(field) else { continue };
            let listed = value.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(value));
            let given = listed.iter().filter_map(Value::as_str);
            let is_kind = matches!(field, "kind" | "listKind");
            let taken: Vec<String> = given
                .filter(|name| if is_kind { names_kind(name) } else { names_resource(name) })
                .map(in_use)
                .collect();
            match taken.as_slice() {
                [] => accepted[field] = value.clone(),
                [one] => conflict = Some(Conflict { reason, message: one.clone() }),
                several => conflict = Some(Conflict { reason, message: format!("[{}]", several.join(", ")) }),
            }
        }
        if let Some(categories) = wanted.get("categories") {
            accepted["categories"] = categories.clone();
        }
        Names { accepted, conflict }
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
    let was_established = is_established(crd);
    let accepted = match &names.conflict {
        None => json!({
            "type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found",
        }),
        Some(Conflict { reason, message }) => {
            json!({"type": "NamesAccepted", "status": "False", "reason": reason, "message": message})
        }
    };
    let is_established = was_established || names.conflict.is_none();
    let established = match is_established {
        true => json!({
            "type": "Established", "status": "True",
            "reason": "InitialNamesAccepted", "message": "the initial names have been accepted",
        }),
        false => json!({
            "type": "Established", "status": "False",
            "reason": "NotAccepted", "message": "not all names are accepted",
        }),
    };
    let conditions: Vec<Value> = [Some(accepted), Some(established), approval(crd)]
        .into_iter()
        .flatten()
        .map(|next| timed(crd, next, now))
        .collect();
    let accepted = names.accepted.clone();
    crd["status"] = json!({"acceptedNames": accepted, "storedVersions": stored, "conditions": conditions});
    if is_established { Established::Yes } else { Established::No }
}

/// Whether somebody has approved a kind in a group of the Kubernetes project.
fn approval(crd: &Value) -> Option<Value> {
    let group = crd["spec"]["group"].as_str().unwrap_or_default();
    let given = super::names::approval(crd).as_str().filter(|_| super::names::is_protected(group))?;
    let (status, reason, message) = if given.starts_with("unapproved") {
        ("False", "UnapprovedAnnotation", format!("not approved: {}", Value::from(given)))
    } else {
        ("True", "ApprovedAnnotation", format!("approved in {given}"))
    };
    Some(json!({
        "type": "KubernetesAPIApprovalPolicyConformant", "status": status, "reason": reason, "message": message,
    }))
}

/// Whether the resources of a definition are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Established {
    /// They are.
    Yes,
    /// They are not: the names conflict.
    No,
}

/// Whether a definition has been established.
pub(super) fn is_established(crd: &Value) -> bool {
    condition(crd, "Established").is_some_and(|condition| condition["status"] == "True")
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
