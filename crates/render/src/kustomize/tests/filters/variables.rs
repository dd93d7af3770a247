//! The filter that puts the values of `vars` into fields.

use std::collections::BTreeMap;

use manifest::Value;
use serde_json::json;

use super::fields::spec;
use super::{Case, refused, same};
use crate::kustomize::fieldspec::{self, Leaf};
use crate::kustomize::vars::{self, Known};

pub(super) fn run(case: &Case) -> Option<Result<(), String>> {
    Some(match case.test.as_str() {
        "TestMapping" => expand(&mut json!(case.text("input")), &texts()).and_then(|found| {
            let expected = case.text("expected");
            if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
        }),
        "TestFilterUnhappy" => refused(in_objects(case)),
        _ => in_objects(case).and_then(|objects| same(&objects, case.text("expected"))),
    })
}

/// What upstream's tests of texts know of; the values are code there.
fn texts() -> BTreeMap<String, Known> {
    let all = [("VAR_A", "A"), ("VAR_B", "B"), ("VAR_C", "C"), ("VAR_EMPTY", "")];
    all.into_iter().map(|(name, text)| (name.to_owned(), known(&json!(text)))).collect()
}

/// The same for its tests of objects.
fn typed() -> BTreeMap<String, Known> {
    let all = [("FOO", json!("foo")), ("BAR", json!("bar")), ("BOOL", json!(false)), ("FLOAT", json!(1.23))];
    all.into_iter().map(|(name, value)| (name.to_owned(), known(&value))).collect()
}

fn known(value: &Value) -> Known {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Known::read(value, &text).expect("a value that can be a variable's")
}

fn expand(value: &mut Value, values: &BTreeMap<String, Known>) -> Result<Value, String> {
    vars::expand_in(value, values).map_err(|error| error.to_string())?;
    Ok(value.clone())
}

fn in_objects(case: &Case) -> Result<Vec<Value>, String> {
    // As resources are read, so that keys that are no texts are refused.
    let profile = manifest::yaml::Profile::Kustomize;
    let limits = manifest::yaml::Limits::default();
    let documents = manifest::yaml::read_documents(case.text("input").as_bytes(), "case", profile, &limits)
        .map_err(|problem| problem.to_string())?;
    let mut objects: Vec<Value> = documents.into_iter().map(|document| document.value).collect();
    let (spec, values) = (spec(&case.fields["filter"]["FieldSpec"]), typed());
    for object in &mut objects {
        fieldspec::apply(object, &spec, Leaf::Existing, &mut |value| vars::expand_in(value, &values))
            .map_err(|error| error.to_string())?;
    }
    Ok(objects)
}

/// Variables whose values name others, each expanded by those before it.
pub(super) struct Mapped {
    results: BTreeMap<String, Value>,
}

impl Mapped {
    /// From the rows that name a variable and its value. The first one is not among them.
    pub(super) fn of(cases: &[Case]) -> Mapped {
        let mut values = BTreeMap::from([("FOO".to_owned(), known(&json!("bar")))]);
        let mut results = BTreeMap::from([("FOO".to_owned(), json!("bar"))]);
        for case in cases.iter().filter(|case| case.test == "TestMapReference") {
            if let Some(value) = case.fields.get("Value") {
                let mut value = value.clone();
                if expand(&mut value, &values).is_ok() {
                    values.insert(case.text("Name").to_owned(), known(&value));
                    results.insert(case.text("Name").to_owned(), value);
                }
            }
        }
        Mapped { results }
    }

    pub(super) fn run(&self, case: &Case) -> Option<Result<(), String>> {
        let value = self.results.get(&case.case)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let expected = case.text("edited");
        Some(if text == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {text:?}")) })
    }
}
