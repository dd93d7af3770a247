//! The rules of a schema, ready to be evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use expressions::{Declared, Position, Program};
use serde_json::Value;

use super::{OLD_SELF, OldSelf};
use crate::crd::paths;

/// A node of a schema that has rules, or nodes with rules below it.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The type that the schema names; empty where it names none. Errors show it in place of values.
    pub(super) ty: String,
    /// What a value is to rules; nothing where there are none about this one.
    pub(super) declared: Option<Arc<Declared>>,
    pub(super) own: Vec<Rule>,
    pub(super) fields: BTreeMap<String, Rules>,
    /// About every item of a list.
    pub(super) items: Option<Box<Rules>>,
    /// About every value of a map.
    pub(super) values: Option<Box<Rules>>,
    /// The fields by which items of a list are told apart wherever they stand; empty where nothing does.
    pub(super) keys: Vec<String>,
    /// Whether a rule here or below speaks of the value as it was before.
    pub(super) compares: bool,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// What it says, or why it says nothing.
    pub(super) program: Result<Program, String>,
    /// Whether it speaks of the value as it was before.
    pub(super) compares: bool,
    pub(super) old_self: OldSelf,
    /// As the definition has it, without blanks around.
    pub(super) text: String,
    /// What to say where it does not hold.
    pub(super) message: Option<String>,
    /// The same, made of the value.
    pub(super) message_expression: Option<Program>,
    pub(super) reason: Reason,
    /// The field below that is to blame, as errors write it; empty where it is the value itself.
    pub(super) blamed: String,
}

/// What kind of error it is that a rule does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Invalid,
    Forbidden,
    Required,
    Duplicate,
}

impl Rules {
    /// The rules of a schema; nothing if it has none. Branches (`allOf` and so on) of structural schemas have none.
    pub(crate) fn of(schema: &Value, position: Position) -> Option<Rules> {
        let below = |schema: &Value| Rules::of(schema, Position::of(schema));
        let inside = |word: &str| schema.get(word).and_then(below).map(Box::new);
        let written = schema["x-kubernetes-validations"].as_array().map(Vec::as_slice).unwrap_or_default();
        let declared = if written.is_empty() { None } else { Declared::of(schema, position) };
        let own: Vec<Rule> = written.iter().map(|rule| Rule::of(rule, schema, declared.as_ref())).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let fields: BTreeMap<String, Rules> =
            properties.filter_map(|(name, property)| Some((name.clone(), below(property)?))).collect();
        let (items, values) = (inside("items"), inside("additionalProperties"));
        if own.is_empty() && fields.is_empty() && items.is_none() && values.is_none() {
            return None;
        }
        let mut all = fields.values().chain(items.as_deref()).chain(values.as_deref());
        let compares = own.iter().any(|rule| rule.compares) || all.any(|below| below.compares);
        let keys = match schema["x-kubernetes-list-type"].as_str() {
            Some("map") => schema["x-kubernetes-list-map-keys"].as_array().map(Vec::as_slice).unwrap_or_default(),
            Some(_) | None => &[],
        };
        Some(Rules {
            ty: text(schema, "type").to_owned(),
            declared,
            own,
            fields,
            items,
            values,
            keys: keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            compares,
        })
    }

    /// Why rules that cannot be evaluated cannot be.
    #[cfg(test)]
    pub(crate) fn problems(&self) -> Vec<&str> {
        let own = self.own.iter().filter_map(|rule| rule.program.as_ref().err()).map(String::as_str);
        let below = self.items.as_deref().into_iter().chain(self.values.as_deref());
        own.chain(below.chain(self.fields.values()).flat_map(Rules::problems)).collect()
    }
}

impl Rule {
    fn of(rule: &Value, schema: &Value, declared: Option<&Arc<Declared>>) -> Rule {
        let old_self = if rule["optionalOldSelf"] == true { OldSelf::Optional } else { OldSelf::Required };
        let read = |text: &str| {
            let declared = declared.ok_or("the schema says too little")?;
            let expression = super::read(text, declared, old_self).map_err(|flaw| flaw.to_string())?;
            Ok((expression.uses(OLD_SELF), expression.program()))
        };
        let (compares, program) = match read(text(rule, "rule")) {
            Ok((compares, program)) => (compares, Ok(program)),
            Err(why) => (false, Err(why)),
        };
        let message = text(rule, "messageExpression").trim();
        let message_expression = if message.is_empty() { None } else { read(message).ok() };
        let path = text(rule, "fieldPath");
        Rule {
            compares,
            program,
            old_self,
            text: text(rule, "rule").trim().to_owned(),
            message: Some(text(rule, "message").trim().to_owned()).filter(|message| !message.is_empty()),
            message_expression: message_expression.map(|(_, program)| program),
            reason: match text(rule, "reason") {
                "FieldValueForbidden" => Reason::Forbidden,
                "FieldValueRequired" => Reason::Required,
                "FieldValueDuplicate" => Reason::Duplicate,
                _ => Reason::Invalid,
            },
            blamed: paths::find(path, schema, paths::Brackets::Allowed).map(|found| found.path).unwrap_or_default(),
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
