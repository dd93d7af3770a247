//! Field selectors: `metadata.name=web,status.phase!=Running`.

use serde_json::Value;

use crate::error::ApiError;
use crate::registry::{Origin, Resource};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
}

/// All of its requirements have to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldSelector {
    requirements: Vec<(String, Operator, String)>,
}

impl FieldSelector {
    /// Reads `field=value` and `field!=value` terms; `\,`, `\=` and `\\` stand for the characters themselves.
    pub(crate) fn parse(text: &str) -> Result<FieldSelector, String> {
        let mut requirements = Vec::new();
        for term in terms(text).iter().filter(|term| !term.is_empty()) {
            requirements.push(
                requirement(term).ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?,
            );
        }
        Ok(FieldSelector { requirements })
    }

    pub(crate) fn require_name(&mut self, name: &str) {
        self.requirements.push(("metadata.name".to_owned(), Operator::Is, name.to_owned()));
    }

    /// Refuses fields that the resource cannot be selected by.
    pub(crate) fn check_supported(&self, resource: &Resource) -> Result<(), ApiError> {
        let unsupported = self.requirements.iter().map(|(field, ..)| field.as_str()).find(|field| {
            !matches!(*field, "metadata.name" | "metadata.namespace")
                && !resource.selectable_fields.iter().any(|known| known.trim_start_matches('.') == *field)
        });
        match unsupported {
            Some(field) if resource.origin == Origin::BuiltIn && resource.selectable_fields.is_empty() => {
                Err(ApiError::bad_request(format!(
                    "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                )))
            }
            Some(field) => Err(ApiError::bad_request(format!("field label not supported: {field}"))),
            None => Ok(()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.requirements.iter().all(|(field, operator, wanted)| {
            let equal = text_at(object, field) == *wanted;
            match operator {
                Operator::Is => equal,
                Operator::IsNot => !equal,
            }
        })
    }
}

/// The field as text; absent fields are empty, except for booleans, which Go prints as `false`.
fn text_at(object: &Value, field: &str) -> String {
    let found = field.split('.').filter(|part| !part.is_empty()).try_fold(object, |value, part| value.get(part));
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => match field {
            "spec.unschedulable" | "spec.hostNetwork" => "false".to_owned(),
            "status.successful" | "status.replicas" => "0".to_owned(),
            _ => String::new(),
        },
    }
}

fn terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn requirement(term: &str) -> Option<(String, Operator, String)> {
    let (index, width, operator) = term.char_indices().find_map(|(index, _)| {
        let rest = &term[index..];
        if rest.starts_with("!=") {
            Some((index, 2, Operator::IsNot))
        } else if rest.starts_with("==") {
            Some((index, 2, Operator::Is))
        } else if rest.starts_with('=') {
            Some((index, 1, Operator::Is))
        } else {
            None
        }
    })?;
    let field = term[..index].trim();
    (!field.is_empty()).then_some(())?;
    Some((field.to_owned(), operator, unescape(&term[index + width..])?))
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.push(characters.next().filter(|next| matches!(next, '\\' | ',' | '='))?),
            '=' => return None,
            other => plain.push(other),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(selector: &str, matches: bool) {
        let object = json!({
            "metadata": {"name": "web", "namespace": "prod"},
            "spec": {"nodeName": "n1"},
            "status": {"phase": "Running", "note": "a,b=c"},
        });
        assert_eq!(FieldSelector::parse(selector).expect("a selector").matches(&object), matches, "{selector}");
    }

    #[test]
    fn selectors_choose_objects() {
        check("", true);
        check("metadata.name=web", true);
        check("metadata.name==web,metadata.namespace=prod", true);
        check("metadata.name!=web", false);
        check("status.phase!=Running", false);
        check("status.phase!=Pending,spec.nodeName=n1", true);
        check("spec.missing=", true);
        check("spec.unschedulable=false", true);
        check(r"status.note=a\,b\=c", true);
    }

    #[test]
    fn nonsense_is_refused() {
        for selector in ["web", "=web", "a=b=c", r"a=b\x"] {
            assert!(FieldSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
