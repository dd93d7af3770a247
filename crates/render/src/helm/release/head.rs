//! What Helm reads of a document before it knows where it belongs.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Rules;
use crate::template::helm::yaml::{YAML, json_type, read_first};

/// What Helm reads of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

/// A document's head, and the document.
///
/// # Errors
///
/// Why it is no YAML, or no object, in Helm's words.
pub(super) fn read(text: &str, rules: Rules) -> Result<(Head, Json), String> {
    let document = read_first(text)?;
    let package = match rules {
        Rules::V3 => "releaseutil",
        Rules::V4 => "util",
    };
    let head = match &document {
        Json::Null => Head::default(),
        Json::Object(members) => {
            let mut head = Head {
                api_version: text_of(members.get("apiVersion"), "SimpleHead.apiVersion")?,
                kind: text_of(members.get("kind"), "SimpleHead.kind")?,
                ..Head::default()
            };
            match members.get("metadata") {
                None | Some(Json::Null) => {}
                Some(Json::Object(metadata)) => {
                    head.name = text_of(metadata.get("name"), ".metadata.name")?;
                    head.annotations = annotations(metadata.get("annotations"))?;
                }
                Some(other) => return Err(cannot(other, "struct field SimpleHead.metadata", METADATA)),
            }
            head
        }
        other => return Err(cannot(other, "value", &format!("{package}.SimpleHead"))),
    };
    Ok((head, document))
}

/// How Go calls the type of `metadata`.
const METADATA: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

fn annotations(value: Option<&Json>) -> Result<BTreeMap<String, String>, String> {
    const FIELD: &str = ".metadata.annotations";
    match value {
        None | Some(Json::Null) => Ok(BTreeMap::new()),
        Some(Json::Object(members)) => {
            members.iter().map(|(name, value)| Ok((name.clone(), text_of(Some(value), FIELD)?))).collect()
        }
        Some(other) => Err(cannot(other, &format!("struct field {FIELD}"), "map[string]string")),
    }
}

/// A text. Numbers and booleans become texts, because Helm's reader knows that texts are wanted.
fn text_of(value: Option<&Json>, field: &str) -> Result<String, String> {
    match value {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(Json::Bool(value)) => Ok(value.to_string()),
        Some(Json::Number(number)) => Ok(match number.as_f64() {
            Some(float) if number.is_f64() => crate::template::format::float_text(float),
            _ => number.to_string(),
        }),
        Some(other) => Err(cannot(other, &format!("struct field {field}"), "string")),
    }
}

fn cannot(found: &Json, place: &str, wanted: &str) -> String {
    format!("{YAML}cannot unmarshal {} into Go {place} of type {wanted}", json_type(found))
}
