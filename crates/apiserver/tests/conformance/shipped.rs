//! The definitions that we ship, installed as anybody installs one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::corpus::{Scenario, Step, Topic};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Every definition that we ship, `tenter install` among others: created, established, served.
pub(crate) fn definitions() -> Topic {
    let all = kinds::crd::all().into_iter().chain(kinds::crd::linkerd());
    Topic { name: "shipped".to_owned(), scenarios: all.map(scenario).collect() }
}

/// How many of the answers are those to a creation that went well.
pub(crate) fn created(answers: &[Value]) -> usize {
    answers.iter().filter(|answer| answer["code"] == 201).count()
}

fn scenario(definition: Value) -> Scenario {
    let name = definition["metadata"]["name"].as_str().expect("a name").to_owned();
    let group = definition["spec"]["group"].as_str().expect("a group").to_owned();
    let versions = definition["spec"]["versions"].as_array().expect("versions").clone();
    let served = versions.into_iter().filter(|version| version["served"] == true);
    let created = step(format!("POST {DEFINITIONS}"), Some(definition), &[], &["/spec", "/metadata/annotations"]);
    let established = [("/status/conditions/1/status", json!("True"))];
    let established = step(format!("GET {DEFINITIONS}/{name}"), None, &established, &["/status/acceptedNames"]);
    let listed = served.map(|version| {
        let version = version["name"].as_str().expect("a name");
        let plural = name.split('.').next().expect("a plural");
        // A kind is served some time after it is established.
        step(format!("GET /apis/{group}/{version}/{plural}"), None, &[("code", json!(200))], &["/kind", "/items"])
    });
    let steps = [created, established].into_iter().chain(listed).collect();
    Scenario { scenario: name, steps }
}

fn step(ask: String, send: Option<Value>, until: &[(&str, Value)], keep: &[&str]) -> Step {
    Step {
        ask,
        send,
        media: None,
        accept: None,
        save: BTreeMap::new(),
        until: until.iter().map(|(pointer, value)| ((*pointer).to_owned(), value.clone())).collect(),
        keep: Some(keep.iter().map(|pointer| (*pointer).to_owned()).collect()),
    }
}
