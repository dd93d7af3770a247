//! What validation says of Istio's kinds, value by value.

mod destination_rule;
mod extensions;
mod listeners;
mod policies;
mod services;
mod virtual_service;

use analysis::validation::{self, Subject};
use expect_test::Expect;
use manifest::yaml::{Limits, Profile, read_value};
use manifest::{Manifest, Origin, Severity};
use mesh::Field;
use serde_json::json;

/// Judges an object of the namespace `shop` by its `spec`, written as YAML.
fn check(api_version: &str, kind: &str, spec: &str, expected: Expect) {
    let spec = read_value(spec, "spec", Profile::Kubectl, &Limits::default()).unwrap_or_else(|why| panic!("{why:?}"));
    let metadata = json!({ "name": "x", "namespace": "shop" });
    let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec });
    let manifest = Manifest { value, origin: Origin::default() };
    let problems = validation::validate(Subject { root: Field::root(&manifest), namespace: "shop" });
    let line = |problem: validation::Problem<'_>| {
        let warning = if problem.severity == Severity::Warning { "warning: " } else { "" };
        format!("{} {warning}{}", problem.field.pointer(), problem.message)
    };
    let lines: Vec<String> = problems.into_iter().map(line).collect();
    expected.assert_eq(&lines.join("\n"));
}
