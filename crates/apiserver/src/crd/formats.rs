//! Formats of texts that nobody checks.

use serde_json::Value;

use super::structural::children;
use super::validate::list;

/// What kube-apiserver checks, without dashes.
const KNOWN: [&str; 24] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "datetime",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

/// A warning for every format of a definition that is not known, and was not in it `before`.
pub fn warnings(before: Option<&Value>, crd: &Value) -> Vec<String> {
    let old = before.map(unknown).unwrap_or_default();
    let new = unknown(crd).into_iter().filter(|format| !old.contains(format));
    new.map(|format| format!("unrecognized format {}", Value::from(format))).collect()
}

fn unknown(crd: &Value) -> Vec<String> {
    let versions = list(&crd["spec"]["versions"]);
    // What all versions have in common is one schema.
    let is_joint = versions.windows(2).all(|pair| pair[0]["schema"] == pair[1]["schema"]);
    let looked_at = if is_joint { &versions[..versions.len().min(1)] } else { versions };
    let mut found = Vec::new();
    for version in looked_at {
        collect(&version["schema"]["openAPIV3Schema"], &mut found);
    }
    found
}

fn collect(schema: &Value, found: &mut Vec<String>) {
    if let Some(format) = schema["format"].as_str().filter(|format| !format.is_empty() && schema["type"] == "string")
        && !KNOWN.contains(&format.replace('-', "").as_str())
    {
        found.push(format.to_owned());
    }
    children(schema).into_iter().for_each(|(_, child)| collect(child, found));
}
