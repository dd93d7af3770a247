use manifest::GroupVersionKind;
use serde_json::{Map, Value};

/// Stands for a value that is the same on both sides, or only on one.
const MASK: &str = "*****";

/// Stand for a value that differs, before and after.
const MASKS: (&str, &str) = ("***** (before)", "***** (after)");

/// Hides what Secrets hold. Equal values look equal and different ones different, and nothing else can be told, not even
/// their length.
pub(super) fn pair(before: Option<Value>, after: Option<Value>) -> (Option<Value>, Option<Value>) {
    let is_secret = [&before, &after].into_iter().flatten().any(is_secret);
    if !is_secret {
        return (before, after);
    }
    let (mut before, mut after) = (before, after);
    for place in ["data", "stringData"] {
        let (old, new) = (entries(before.as_ref(), place), entries(after.as_ref(), place));
        mask(before.as_mut(), place, |key| if differs(&old, &new, key) { MASKS.0 } else { MASK });
        mask(after.as_mut(), place, |key| if differs(&old, &new, key) { MASKS.1 } else { MASK });
    }
    (before, after)
}

fn is_secret(object: &Value) -> bool {
    GroupVersionKind::of(object).is_some_and(|gvk| gvk.group.is_empty() && gvk.kind == "Secret")
}

fn entries(object: Option<&Value>, place: &str) -> Map<String, Value> {
    object.and_then(|object| object.get(place)).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn differs(old: &Map<String, Value>, new: &Map<String, Value>, key: &str) -> bool {
    matches!((old.get(key), new.get(key)), (Some(old), Some(new)) if old != new)
}

fn mask(object: Option<&mut Value>, place: &str, masked: impl Fn(&str) -> &'static str) {
    if let Some(object) = object {
        if let Some(entries) = object.get_mut(place).and_then(Value::as_object_mut) {
            for (key, value) in entries.iter_mut() {
                *value = Value::String(masked(key).to_owned());
            }
        }
        // `kubectl apply` keeps a copy of the whole Secret in an annotation.
        let annotations = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
        if let Some(copy) =
            annotations.and_then(|annotations| annotations.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
        {
            *copy = Value::String(MASK.to_owned());
        }
    }
}
