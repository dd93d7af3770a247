//! Flux's own cases of its substitution grammar.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod corpora;

use std::collections::BTreeMap;

use render::substitute::{Strictness, SubstituteError, expand};
use serde_json::Value;

#[test]
fn every_case_of_flux_passes() {
    let Some(path) = corpora::find("envsubst/cases.json") else { return };
    let corpus: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = corpus["cases"].as_array().unwrap();
    let failures: Vec<String> = cases.iter().filter_map(|case| run(case).err()).collect();
    corpora::count("envsubst", cases.len() - failures.len(), cases.len());
    assert!(!cases.is_empty(), "the corpus holds no cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Cases with a `wantErr` member are upstream's strict ones; null in it means success.
fn run(case: &Value) -> Result<(), String> {
    let input = case["input"].as_str().unwrap();
    let variables: BTreeMap<String, String> = serde_json::from_value(case["params"].clone()).unwrap();
    let strictness = match case.get("wantErr") {
        Some(_) => Strictness::Strict,
        None => Strictness::Lenient,
    };
    let expanded = expand(input, &variables, strictness);
    let matches = match (case.get("wantErr").and_then(Value::as_str), &expanded) {
        (None, Ok(output)) => Some(output.as_str()) == case["output"].as_str(),
        (Some("errVarNotSet"), Err(SubstituteError::NotSet { .. })) => true,
        (None | Some(_), _) => false,
    };
    if matches { Ok(()) } else { Err(format!("{} {}: {input} gave {expanded:?}", case["test"], case["case"])) }
}
