//! The JSON form of a field set (`FieldsV1`): `{"f:spec":{"f:replicas":{},"k:{\"name\":\"web\"}":{".":{}}}}`.

use serde_json::{Map, Value};

use super::managed::ManagedFieldsError;
use super::path::PathElement;
use super::set::FieldSet;
use crate::go_json::{self, Style};

/// How deep a set may nest.
const MAX_DEPTH: usize = 512;

/// Reads the JSON form. Steps of a kind that is not known are dropped with all below them, as upstream does.
pub(super) fn decode(fields: &Value) -> Result<FieldSet, ManagedFieldsError> {
    let object =
        fields.as_object().ok_or_else(|| ManagedFieldsError::FieldsNotAnObject { found: fields.to_string() })?;
    read(object, 0).map(|(set, _)| set)
}

/// The paths below, and whether the place itself is a member: it says so with `.`, or by having nothing below.
fn read(object: &Map<String, Value>, depth: usize) -> Result<(FieldSet, Member), ManagedFieldsError> {
    if depth > MAX_DEPTH {
        return Err(ManagedFieldsError::TooDeep);
    }
    let mut set = FieldSet::default();
    let mut member = Member::No;
    for (key, value) in object {
        if key == "." {
            member = Member::Yes;
            continue;
        }
        let Some(step) = parse_step(key)? else { continue };
        let empty = Map::new();
        let (below, is_member) = read(value.as_object().unwrap_or(&empty), depth + 1)?;
        if !below.is_empty() {
            set.children.insert(step.clone(), below);
        }
        if is_member == Member::Yes {
            set.members.insert(step);
        }
    }
    if set.is_empty() {
        member = Member::Yes;
    }
    Ok((set, member))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Yes,
    No,
}

/// One step; `None` for kinds of steps that are not known.
fn parse_step(text: &str) -> Result<Option<PathElement>, ManagedFieldsError> {
    let malformed = || ManagedFieldsError::PathElement { text: text.to_owned() };
    let (kind, rest) = text.split_once(':').filter(|(kind, _)| kind.len() == 1).ok_or_else(malformed)?;
    let step = match kind {
        "f" => PathElement::Field(rest.to_owned()),
        "v" => PathElement::Value(serde_json::from_str(rest).map_err(|_| malformed())?),
        "i" => PathElement::Index(rest.parse().map_err(|_| malformed())?),
        "k" => {
            let keys: Map<String, Value> = serde_json::from_str(rest).map_err(|_| malformed())?;
            let mut keys: Vec<(String, Value)> = keys.into_iter().collect();
            keys.sort_by(|left, right| left.0.cmp(&right.0));
            PathElement::Key(keys)
        }
        _ => return Ok(None),
    };
    Ok(Some(step))
}

/// Writes the JSON form.
pub(super) fn encode(set: &FieldSet) -> Value {
    let mut object: Map<String, Value> = set
        .members
        .iter()
        .filter(|member| !set.children.contains_key(member))
        .map(|member| (step_text(member), Value::Object(Map::new())))
        .collect();
    for (step, child) in &set.children {
        let mut below = encode(child);
        if let (Value::Object(below), true) = (&mut below, set.members.contains(step)) {
            below.insert(".".to_owned(), Value::Object(Map::new()));
        }
        object.insert(step_text(step), below);
    }
    Value::Object(object)
}

/// Writes the JSON form as text, in the order of the steps.
pub(super) fn encode_text(set: &FieldSet) -> String {
    let mut text = String::from("{");
    write(set, Member::No, &mut text);
    text.push('}');
    text
}

fn write(set: &FieldSet, own: Member, text: &mut String) {
    let separate = |text: &mut String| {
        if !text.ends_with('{') {
            text.push(',');
        }
    };
    if own == Member::Yes {
        text.push_str(r#"".":{}"#);
    }
    let steps: std::collections::BTreeSet<&PathElement> = set.members.iter().chain(set.children.keys()).collect();
    for step in steps {
        separate(text);
        text.push_str(&Value::from(step_text(step)).to_string());
        text.push_str(":{");
        if let Some(child) = set.children.get(step) {
            let own = if set.members.contains(step) { Member::Yes } else { Member::No };
            write(child, own, text);
        }
        text.push('}');
    }
}

fn step_text(step: &PathElement) -> String {
    match step {
        PathElement::Field(name) => format!("f:{name}"),
        PathElement::Key(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), go_json::of(value, Style::default())))
                .collect();
            format!("k:{{{}}}", fields.join(","))
        }
        PathElement::Value(value) => format!("v:{}", go_json::of(value, Style::default())),
        PathElement::Index(index) => format!("i:{index}"),
    }
}
