//! Takes out of answers what two servers cannot have in common: uids, versions, times, addresses that were allotted.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap());
static UID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap());
static VERSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(resourceVersion[\\": ]+|in record \()\d+"#).unwrap());
static AGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d+[smh]$").unwrap());
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b10\.(9[6-9]|10\d|11[01])\.\d+\.\d+\b|\b192\.0\.2\.1:\d+\b").unwrap());

/// What the type of an object is called in the messages about CEL rules, by the time of day.
static SELF_TYPE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bselfType\d+\b").unwrap());

/// Names for what was seen in the answers of one scenario: the same thing has the same name.
#[derive(Default)]
pub(crate) struct Normalizer {
    uids: BTreeMap<String, usize>,
    versions: BTreeMap<String, usize>,
}

impl Normalizer {
    /// An answer as it is compared.
    pub(crate) fn normalize(&mut self, mut answer: Value) -> Value {
        self.value(&mut answer);
        answer
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => self.fields(fields),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::String(text) => self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn fields(&mut self, fields: &mut Map<String, Value>) {
        let is_list = fields.get("items").is_some_and(Value::is_array) || fields.contains_key("columnDefinitions");
        if is_list && let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
            // Other objects change it too.
            if metadata.get("resourceVersion").is_some_and(|version| version != "") {
                metadata.insert("resourceVersion".into(), "<version of the list>".into());
            }
            if metadata.contains_key("continue") {
                metadata.insert("continue".into(), "<token>".into());
            }
        }
        if fields.get("type").is_some_and(|ty| ty == "BOOKMARK")
            && let Some(version) =
                fields.get_mut("object").and_then(|object| object.pointer_mut("/metadata/resourceVersion"))
        {
            // So far all of the server has come, not what is watched.
            *version = "<version of the list>".into();
        }
        // What nobody set is absent, or null where Go's encoder has no way to leave it out.
        fields.retain(|_, value| !value.is_null());
        if let Some(Value::Array(groups)) = fields.get_mut("groups") {
            // Topics are replayed at the same time; these are others' kinds.
            groups.retain(|group| !group["name"].as_str().is_some_and(|name| name.ends_with(".example.com")));
        }
        causes(fields);
        ages(fields);
        managers(fields);
        generated(fields);
        for (name, value) in fields.iter_mut() {
            match (name.as_str(), &mut *value) {
                ("resourceVersion", Value::String(text)) if !text.is_empty() && !text.starts_with('<') => {
                    let next = self.versions.len() + 1;
                    *text = format!("<version {}>", self.versions.entry(text.clone()).or_insert(next));
                }
                ("nodePort" | "healthCheckNodePort", Value::Number(_)) => *value = "<port>".into(),
                // Parts of a table, and the later tables of a watch, have no columns.
                ("cells", Value::Array(cells)) => {
                    for cell in cells {
                        match cell.as_str() {
                            Some(text) if AGE.is_match(text) => *cell = "<age>".into(),
                            Some(_) | None => self.value(cell),
                        }
                    }
                }
                (_, value) => self.value(value),
            }
        }
    }

    fn text(&mut self, text: &mut String) {
        let with_uids = UID.replace_all(text, |found: &Captures<'_>| {
            let next = self.uids.len() + 1;
            format!("<uid {}>", self.uids.entry(found[0].to_owned()).or_insert(next))
        });
        let with_times =
            TIME.replace_all(
                &with_uids,
                |found: &Captures<'_>| {
                    if found.get(1).is_some() { "<time with fractions>" } else { "<time>" }
                },
            );
        let with_versions = VERSION.replace_all(&with_times, "${1}<version>");
        let with_addresses = ADDRESS.replace_all(&with_versions, "<address>");
        *text = SELF_TYPE.replace_all(&with_addresses, "self").into_owned();
    }
}

/// Puts the entries of managers in an order that does not depend on whether a second has passed between two writes.
fn managers(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(entries)) = fields.get_mut("managedFields") {
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        entries
            .sort_by_key(|entry| ["operation", "manager", "subresource", "apiVersion"].map(|name| text(entry, name)));
    }
}

/// Puts several errors in one order: kube-apiserver has none for those of a schema. The message repeats them.
fn causes(fields: &mut Map<String, Value>) {
    let Some(Value::Array(causes)) = fields.get_mut("details").and_then(|details| details.get_mut("causes")) else {
        return;
    };
    causes.sort_by_key(Value::to_string);
    if causes.len() > 1 && fields.get("reason").is_some_and(|reason| reason == "Invalid") {
        fields.insert("message".into(), "<the causes>".into());
    }
}

/// The cells of a table that say how long ago something was, and what its columns are described by, which is everyone's own.
fn ages(fields: &mut Map<String, Value>) {
    let columns = fields.get("columnDefinitions").and_then(Value::as_array);
    let aged: Vec<usize> = columns
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, column)| {
            matches!(column["name"].as_str(), Some("Age" | "Duration" | "Last Seen" | "First Seen" | "Created At"))
        })
        .map(|(index, _)| index)
        .collect();
    for column in fields.get_mut("columnDefinitions").and_then(Value::as_array_mut).into_iter().flatten() {
        column["description"] = "<description>".into();
    }
    for row in fields.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        for index in &aged {
            if let Some(cell) = row["cells"].get_mut(*index).filter(|cell| **cell != "<unknown>") {
                *cell = "<age>".into();
            }
        }
    }
}

/// The part of a name that the server made up.
fn generated(fields: &mut Map<String, Value>) {
    let prefix = fields.get("generateName").and_then(Value::as_str).map(str::to_owned);
    if let (Some(prefix), Some(Value::String(name))) = (prefix, fields.get_mut("name"))
        && name.strip_prefix(&prefix).is_some_and(|suffix| suffix.len() == 5)
    {
        *name = format!("{prefix}<five>");
    }
}
