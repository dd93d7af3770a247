//! One value inside an object, which knows where it was written.

use manifest::{Location, Manifest, Value};

/// A value of an object. Copies are two pointers; where the value was written is looked up only when asked.
///
/// Reading is lenient, as protobuf's JSON is: a member that is absent, `null`, or of another type reads as absent, and
/// whether that is an error is for validation to say.
#[derive(Debug, Clone, Copy)]
pub struct Field<'w> {
    manifest: &'w Manifest,
    value: &'w Value,
}

impl<'w> Field<'w> {
    /// The whole object.
    pub fn root(manifest: &'w Manifest) -> Field<'w> {
        Field { manifest, value: &manifest.value }
    }

    /// The value itself.
    pub fn value(self) -> &'w Value {
        self.value
    }

    /// A member of an object, unless it is absent or `null`.
    pub fn get(self, name: &str) -> Option<Field<'w>> {
        self.value.get(name).filter(|value| !value.is_null()).map(|value| Field { value, ..self })
    }

    /// The value behind a path of member names.
    pub fn at(self, path: &[&str]) -> Option<Field<'w>> {
        path.iter().try_fold(self, |field, name| field.get(name))
    }

    /// The items of a list; nothing for any other value.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Field<'w>> + ExactSizeIterator + Clone {
        let items: &'w [Value] = self.value.as_array().map_or(&[], Vec::as_slice);
        items.iter().map(move |value| Field { value, ..self })
    }

    /// The items of the list that is this object's member `name`.
    pub fn list(self, name: &str) -> impl DoubleEndedIterator<Item = Field<'w>> + ExactSizeIterator + Clone + use<'w> {
        let items: &'w [Value] = self.value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice);
        items.iter().map(move |value| Field { value, ..self })
    }

    /// The members of an object, in the order of their names; nothing for any other value.
    pub fn members(self) -> impl Iterator<Item = (&'w str, Field<'w>)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(move |(name, value)| (name.as_str(), Field { value, ..self }))
    }

    /// The members of the object that is this object's member `name`.
    pub fn map(self, name: &str) -> impl Iterator<Item = (&'w str, Field<'w>)> + use<'w> {
        self.get(name).into_iter().flat_map(Field::members)
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'w str> {
        self.value.as_str()
    }

    /// The text of the member `name`; empty if there is none, which is what protobuf makes of an absent string.
    pub fn text(self, name: &str) -> &'w str {
        self.value.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The texts of the list that is the member `name`; items that are no strings are left out.
    pub fn texts(self, name: &str) -> impl Iterator<Item = &'w str> + Clone + use<'w> {
        self.list(name).filter_map(Field::as_str)
    }

    /// The integer that is the member `name`, written as a number or, as protobuf allows, as a string of one.
    pub fn integer(self, name: &str) -> Option<i64> {
        let value = self.value.get(name)?;
        let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64);
        value.as_i64().or_else(|| value.as_f64().and_then(whole)).or_else(|| value.as_str()?.parse().ok())
    }

    /// The boolean that is the member `name`; false if there is none.
    pub fn flag(self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The JSON pointer of the value inside its object: the way to this very value, not to an equal one.
    pub fn pointer(self) -> String {
        /// A step from a value to one inside it.
        enum Step<'v> {
            Member(&'v str),
            Item(usize),
        }
        // Steps are written on the way back only: nearly everything that is searched does not lead to the value.
        fn search<'v>(at: &'v Value, wanted: &Value, way: &mut Vec<Step<'v>>) -> bool {
            if std::ptr::eq(at, wanted) {
                return true;
            }
            let step = match at {
                Value::Object(members) => {
                    members.iter().find(|(_, value)| search(value, wanted, way)).map(|(name, _)| Step::Member(name))
                }
                Value::Array(items) => items.iter().position(|value| search(value, wanted, way)).map(Step::Item),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            };
            let found = step.is_some();
            way.extend(step);
            found
        }
        let mut way = Vec::new();
        search(&self.manifest.value, self.value, &mut way);
        let mut pointer = String::new();
        for step in way.into_iter().rev() {
            pointer.push('/');
            match step {
                Step::Member(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Step::Item(position) => pointer.push_str(&position.to_string()),
            }
        }
        pointer
    }

    /// Where the value was written, or its nearest parent whose place is known.
    pub fn location(self) -> Option<Location> {
        self.manifest.origin.field(&self.pointer())
    }

    /// The object that the value is part of.
    pub fn manifest(self) -> &'w Manifest {
        self.manifest
    }
}

/// The same value at the same place.
impl PartialEq for Field<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.value, other.value)
    }
}

#[cfg(test)]
mod tests {
    use manifest::{Manifest, Origin};
    use serde_json::json;

    use super::*;

    fn object() -> Manifest {
        let value = json!({
            "apiVersion": "v1", "kind": "Thing", "metadata": { "name": "a", "annotations": { "x.y/z~": "same" } },
            "spec": { "hosts": ["same", "same", 3], "port": "80", "weight": 7.0, "none": null },
        });
        Manifest::new(value, Origin::default()).expect("a manifest")
    }

    #[test]
    fn a_pointer_leads_to_this_value_and_not_to_an_equal_one() {
        let object = object();
        let root = Field::root(&object);
        let second = root.get("spec").expect("spec").list("hosts").nth(1).expect("two hosts");
        assert_eq!(second.pointer(), "/spec/hosts/1");
        let annotation = root.at(&["metadata", "annotations", "x.y/z~"]).expect("the annotation");
        assert_eq!(annotation.pointer(), "/metadata/annotations/x.y~1z~0");
        assert_eq!(root.pointer(), "");
    }

    #[test]
    fn what_is_absent_null_or_of_another_type_reads_as_absent() {
        let object = object();
        let spec = Field::root(&object).get("spec").expect("spec");
        assert!(spec.get("none").is_none() && spec.get("missing").is_none());
        assert_eq!(spec.texts("hosts").collect::<Vec<_>>(), ["same", "same"]);
        assert_eq!(spec.text("weight"), "");
        assert_eq!((spec.integer("port"), spec.integer("weight"), spec.integer("hosts")), (Some(80), Some(7), None));
        assert_eq!(spec.list("port").len(), 0);
        assert!(!spec.flag("port"));
    }
}
