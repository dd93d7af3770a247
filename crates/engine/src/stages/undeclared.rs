//! Fields that the API server does not know, where they are not to matter (`disableOpenAPIValidation`).
//!
//! Other requests drop them; a server-side apply is refused, because nobody can own what is not declared. So they are
//! dropped before, by what the refusal says.

use std::collections::BTreeSet;

use manifest::{ObjectId, Value};
use plan::decide::{Plan, Step};

use super::apply::{Tried, dry_run};
use super::work::Work;

/// How often an object may be refused for yet another field; a server names one of them or all.
const MOST_ROUNDS: usize = 32;

/// Drops undeclared fields from what a plan applies, until the API server finds no more.
pub(super) async fn drop_from(work: &Work<'_>, plan: &mut Plan, tried: &mut Tried) {
    for _ in 0..MOST_ROUNDS {
        let mut changed: BTreeSet<ObjectId> = BTreeSet::new();
        for step in plan.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
            let id = step.manifest.id();
            let Some(Err(error)) = tried.get(&id) else { continue };
            let fields = error.undeclared();
            // What cannot be dropped stays refused.
            if !fields.is_empty() && fields.into_iter().all(|field| remove(&mut step.manifest.value, field)) {
                changed.insert(id);
            }
        }
        if changed.is_empty() {
            return;
        }
        let again: Vec<&Step> = plan.pending().filter(|step| changed.contains(&step.manifest.id())).collect();
        tried.extend(dry_run(work, again).await);
    }
}

/// One step of a path.
#[derive(Debug, PartialEq)]
enum Part<'p> {
    Field(&'p str),
    Index(usize),
    /// The item with these fields.
    Keys(Vec<(&'p str, Value)>),
}

/// Removes the field at a path as structured merge writes it: `spec.ports[port=80,protocol="TCP"].nmae`. False if there
/// is none.
fn remove(object: &mut Value, path: &str) -> bool {
    let Some(mut parts) = parts(path) else { return false };
    let Some(Part::Field(last)) = parts.pop() else { return false };
    let parent = parts.iter().try_fold(object, |value, part| match part {
        Part::Field(name) => value.get_mut(*name),
        Part::Index(index) => value.get_mut(*index),
        Part::Keys(keys) => {
            let items = value.as_array_mut()?.iter_mut();
            items.into_iter().find(|item| keys.iter().all(|(key, wanted)| item.get(*key) == Some(wanted)))
        }
    });
    parent.and_then(Value::as_object_mut).is_some_and(|fields| fields.remove(last).is_some())
}

fn parts(path: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = closing(inner)?;
            parts.push(selector(&inner[..end])?);
            rest = &inner[end + 1..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            parts.push(Part::Field(&rest[..end]));
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Some(parts)
}

/// Where the bracket closes; brackets in texts do not count.
fn closing(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    inner.char_indices().find_map(|(position, character)| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(position),
            _ => {}
        }
        None
    })
}

fn selector(text: &str) -> Option<Part<'_>> {
    if let Ok(index) = text.parse() {
        return Some(Part::Index(index));
    }
    let mut keys = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        keys.push((key, values.next()?.ok()?));
        rest = &after[values.byte_offset()..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(Part::Keys(keys))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Value) {
        let mut object = json!({
            "date": 1,
            "spec": {
                "typo": {"x": 1},
                "ports": [{"port": 80, "protocol": "TCP", "nmae": "a"}, {"port": 80, "protocol": "UDP", "nmae": "b"}],
                "containers": [{"name": "a]\\\"b", "imgae": "x"}],
            },
        });
        let before = object.clone();
        let removed = remove(&mut object, path);
        assert_eq!(removed, object != before, "{path}");
        let gone = before.as_object().unwrap().keys().filter(|key| object.get(*key).is_none()).count();
        assert_eq!(json!({"removed": removed, "gone": gone, "spec": object["spec"]}), expected, "{path}");
    }

    #[test]
    fn fields_are_found_as_api_servers_name_them() {
        let spec = |over: Value| {
            let mut spec = json!({
                "typo": {"x": 1},
                "ports": [{"port": 80, "protocol": "TCP", "nmae": "a"}, {"port": 80, "protocol": "UDP", "nmae": "b"}],
                "containers": [{"name": "a]\\\"b", "imgae": "x"}],
            });
            for (field, value) in over.as_object().unwrap() {
                match value {
                    Value::Null => drop(spec.as_object_mut().unwrap().remove(field)),
                    value => spec[field] = value.clone(),
                }
            }
            spec
        };
        let after = |over: Value| json!({"removed": true, "gone": 0, "spec": spec(over)});
        check("date", json!({"removed": true, "gone": 1, "spec": spec(json!({}))}));
        check("spec.typo", after(json!({"typo": null})));
        check("spec.typo.x", after(json!({"typo": {}})));
        let udp = json!([{"port": 80, "protocol": "TCP", "nmae": "a"}, {"port": 80, "protocol": "UDP"}]);
        check(r#"spec.ports[port=80,protocol="UDP"].nmae"#, after(json!({ "ports": udp })));
        check("spec.ports[1].nmae", after(json!({ "ports": udp })));
        check(r#"spec.containers[name="a]\\\"b"].imgae"#, after(json!({"containers": [{"name": "a]\\\"b"}]})));
        for nowhere in [
            "",
            "none",
            "spec.none",
            "spec.ports[7].nmae",
            "spec.ports[port=81].nmae",
            "spec.ports[1]",
            "spec[",
            "spec.ports[=x].a",
        ] {
            check(nowhere, json!({"removed": false, "gone": 0, "spec": spec(json!({}))}));
        }
    }
}
