//! Fields whose changes are nobody's fault: they are neither told of nor put back.

use manifest::Value;
use render::kustomize::ObjectMatcher;

/// What is ignored of which objects.
#[derive(Debug, Default)]
pub(crate) struct Ignored(pub(crate) Vec<IgnoredFields>);

/// Fields of some objects.
#[derive(Debug)]
pub(crate) struct IgnoredFields {
    /// Of which objects; none is all.
    pub(crate) target: Option<ObjectMatcher>,
    /// JSON pointers; the root is the whole object.
    pub(crate) pointers: Vec<String>,
}

/// What becomes of a declared object.
#[derive(Debug, PartialEq)]
pub(crate) enum Settled {
    /// Nothing of it is ignored.
    AsDeclared,
    /// Its ignored fields are as they are in the cluster.
    WithLiveFields(Value),
    /// All of it is ignored.
    Excluded,
}

impl Ignored {
    /// Whether something of an object may be ignored.
    pub(crate) fn concerns(&self, declared: &Value) -> bool {
        self.pointers(declared).next().is_some()
    }

    /// A declared object whose ignored fields are those that `live` has.
    pub(crate) fn settle(&self, declared: &Value, live: &Value) -> Settled {
        let mut settled = None;
        for pointer in self.pointers(declared) {
            if pointer.is_empty() {
                return Settled::Excluded;
            }
            put(settled.get_or_insert_with(|| declared.clone()), pointer, live.pointer(pointer));
        }
        settled.map_or(Settled::AsDeclared, Settled::WithLiveFields)
    }

    fn pointers<'a>(&'a self, declared: &'a Value) -> impl Iterator<Item = &'a str> {
        let rules = self.0.iter();
        rules
            .filter(|rule| rule.target.as_ref().is_none_or(|target| target.matches(declared)))
            .flat_map(|rule| rule.pointers.iter().map(String::as_str))
    }
}

/// Sets the field at a pointer, or removes it, where the object has what it is in.
fn put(object: &mut Value, pointer: &str, value: Option<&Value>) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let key = last.replace("~1", "/").replace("~0", "~");
    match (object.pointer_mut(parent), value) {
        (Some(Value::Object(fields)), Some(value)) => drop(fields.insert(key, value.clone())),
        (Some(Value::Object(fields)), None) => drop(fields.remove(&key)),
        (Some(Value::Array(items)), Some(value)) => {
            if let Some(item) = key.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = value.clone();
            }
        }
        (Some(Value::Array(items)), None) => {
            if let Some(index) = key.parse().ok().filter(|index: &usize| *index < items.len()) {
                items.remove(index);
            }
        }
        (Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use render::kustomize::Selector;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(kind: &str, pointers: &[&str], live: Value, expected: Settled) {
        let target = ObjectMatcher::new(&Selector { kind: kind.to_owned(), ..Selector::default() }).unwrap();
        let pointers = pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
        let ignored = Ignored(vec![IgnoredFields { target: Some(target), pointers }]);
        let declared = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 1, "a": [1, 2]}});
        assert_eq!(ignored.settle(&declared, &live), expected);
    }

    #[test]
    fn ignored_fields_are_as_they_are_in_the_cluster() {
        let object = |spec: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec});
        let with = |spec: Value| Settled::WithLiveFields(object(spec));
        check(
            "Deployment",
            &["/spec/replicas"],
            object(json!({"replicas": 5})),
            with(json!({"replicas": 5, "a": [1, 2]})),
        );
        check("Deployment", &["/spec/replicas"], object(json!({})), with(json!({"a": [1, 2]})));
        check("Deployment", &["/spec/a/1"], object(json!({"a": [1, 7]})), with(json!({"replicas": 1, "a": [1, 7]})));
        check(
            "Deployment",
            &["/spec/none/x"],
            object(json!({"none": {"x": 1}})),
            with(json!({"replicas": 1, "a": [1, 2]})),
        );
        check("Service", &["/spec/replicas"], object(json!({"replicas": 5})), Settled::AsDeclared);
        check("Deployment", &[""], object(json!({})), Settled::Excluded);
    }
}
