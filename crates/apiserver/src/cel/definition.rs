//! The rules of a definition (`x-kubernetes-validations`): whether they make sense, and whether they cost too much.
//!
//! kube-apiserver estimates beforehand what each rule may cost for the largest object that the schema allows, and refuses
//! definitions by that. The order of the checks and their texts are those of `k8s.io/apiextensions-apiserver`.

use std::sync::Arc;

use expressions::{Declared, Position, Type};
use serde_json::Value;

use super::{OLD_SELF, OldSelf};
use crate::registry::FieldError;

/// What one expression may cost.
const EXPRESSION_LIMIT: u64 = 10_000_000;

/// What all of a schema may cost together.
const SCHEMA_LIMIT: u64 = 100_000_000;

/// How many of the most expensive expressions are named.
const NAMED: usize = 4;

/// Where a node of a schema stands, as far as that matters to its rules.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// How many values there can be; nothing where lists or maps around it have no limit.
    pub(crate) most_values: Option<u64>,
    /// Whether it is the root of the schema.
    pub(crate) is_root: bool,
    /// Around what values before and after a change cannot be told to be the same.
    pub(crate) uncorrelated: Option<String>,
}

impl Site {
    /// The root of a schema.
    pub(crate) fn root() -> Site {
        Site { most_values: Some(1), is_root: true, uncorrelated: None }
    }

    /// A node right below a node with this schema.
    pub(crate) fn below(&self, schema: &Value) -> Site {
        let count = |word: &str| schema[word].as_i64().map(|count| u64::try_from(count).unwrap_or(0));
        let most = match schema["type"].as_str() {
            Some("object") if schema.get("additionalProperties").is_some() => count("maxProperties"),
            Some("array") => count("maxItems"),
            Some(_) | None => Some(1),
        };
        let most_values = self.most_values.zip(most).map(|(around, each)| around.saturating_mul(each));
        Site { most_values, is_root: false, uncorrelated: self.uncorrelated.clone() }
    }
}

/// What the rules of a schema cost together.
#[derive(Debug, Default)]
pub(crate) struct Total {
    steps: u64,
    /// The most expensive expressions, the worst first.
    worst: Vec<(u64, String)>,
}

impl Total {
    fn add(&mut self, path: &str, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
        if steps >= SCHEMA_LIMIT / 100 {
            self.worst.push((steps, path.to_owned()));
            self.worst.sort_by_key(|(steps, _)| std::cmp::Reverse(*steps));
            self.worst.truncate(NAMED);
        }
    }

    /// The errors of a schema, at `path`, whose rules are too much together.
    pub(crate) fn errors(&self, path: &str) -> Vec<FieldError> {
        if self.steps <= SCHEMA_LIMIT {
            return Vec::new();
        }
        let named = self.worst.iter().map(|(_, path)| {
            let why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
            FieldError::forbidden(path, why)
        });
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        named.chain([too_expensive(path, what, self.steps, SCHEMA_LIMIT)]).collect()
    }
}

/// Checks the rules of one node, whose schema itself is in order.
pub(crate) fn check(schema: &Value, path: &str, site: &Site, total: &mut Total) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let rules = schema["x-kubernetes-validations"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rules.is_empty() {
        return errors;
    }
    let is_root = site.is_root || schema["x-kubernetes-embedded-resource"] == true;
    let position = if is_root { Position::Root } else { Position::Inside };
    let path = format!("{path}.x-kubernetes-validations");
    let Some(declared) = Declared::of(schema, position) else {
        let why = "internal error: failed to construct type information for x-kubernetes-validations rules: unable to \
                   convert structural schema to CEL declarations";
        errors.push(FieldError::new("InternalError", &path, format!("Internal error: {why}")));
        return errors;
    };
    for (index, rule) in rules.iter().enumerate() {
        let of_rule = RuleCheck { rule, declared: &declared, path: format!("{path}[{index}]"), site };
        of_rule.check(total, &mut errors);
    }
    errors
}

/// One rule, and what it is about.
struct RuleCheck<'a> {
    rule: &'a Value,
    declared: &'a Arc<Declared>,
    path: String,
    site: &'a Site,
}

/// An expression that makes sense.
struct Compiled {
    steps: u64,
    /// Whether it speaks of the value as it was before.
    compares: bool,
}

impl RuleCheck<'_> {
    fn check(&self, total: &mut Total, errors: &mut Vec<FieldError>) {
        let RuleCheck { rule, path, .. } = self;
        let text = rule["rule"].as_str().unwrap_or_default();
        let field = format!("{path}.rule");
        let compiled =
            match self.compile(text, &Type::Bool, "compilation failed: ", "cel expression must evaluate to a bool") {
                Ok(compiled) => compiled,
                Err(why) => {
                    errors.push(FieldError::invalid(&field, rule, &why));
                    return self.check_old_self(None, errors);
                }
            };
        let most_values = self.site.most_values.unwrap_or_else(|| self.declared.most_in_a_request());
        let steps = compiled.steps.saturating_mul(most_values);
        if steps > EXPRESSION_LIMIT {
            errors.push(too_expensive(&field, "estimated rule cost", steps, EXPRESSION_LIMIT));
        }
        total.add(&field, steps);
        if let Some(message) = rule["messageExpression"].as_str().filter(|message| !message.trim().is_empty()) {
            self.check_message(message, total, errors);
        }
        self.check_old_self(Some(&compiled), errors);
    }

    /// That the value before a change is spoken of only where it is known.
    fn check_old_self(&self, compiled: Option<&Compiled>, errors: &mut Vec<FieldError>) {
        let RuleCheck { rule, path, .. } = self;
        if compiled.is_some_and(|compiled| compiled.compares) {
            if let Some(around) = &self.site.uncorrelated {
                let why = format!("oldSelf cannot be used on the uncorrelatable portion of the schema within {around}");
                errors.push(FieldError::invalid(&format!("{path}.rule"), &rule["rule"], &why));
            }
        } else if let Some(optional) = rule.get("optionalOldSelf").filter(|optional| optional.is_boolean()) {
            let why = "may not be set if oldSelf is not used in rule";
            errors.push(FieldError::invalid(&format!("{path}.optionalOldSelf"), optional, why));
        }
    }

    fn check_message(&self, message: &str, total: &mut Total, errors: &mut Vec<FieldError>) {
        let field = format!("{}.messageExpression", self.path);
        let failed = "messageExpression compilation failed: ";
        match self.compile(message, &Type::String, failed, "messageExpression must evaluate to a string") {
            Err(why) => errors.push(FieldError::invalid(&field, self.rule, &why)),
            Ok(Compiled { steps, .. }) => {
                if steps > EXPRESSION_LIMIT {
                    errors.push(too_expensive(&field, "estimated messageExpression cost", steps, EXPRESSION_LIMIT));
                }
                total.add(&field, steps);
            }
        }
    }

    fn compile(&self, text: &str, wanted: &Type, failed: &str, is_other: &str) -> Result<Compiled, String> {
        let old_self = if self.rule["optionalOldSelf"] == true { OldSelf::Optional } else { OldSelf::Required };
        let expression = super::read(text, self.declared, old_self).map_err(|flaw| format!("{failed}{flaw}"))?;
        if expression.ty() != wanted {
            return Err(is_other.to_owned());
        }
        Ok(Compiled { steps: expression.most_steps(self.declared), compares: expression.uses(OLD_SELF) })
    }
}

#[allow(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn too_expensive(path: &str, what: &str, steps: u64, limit: u64) -> FieldError {
    let factor = steps as f64 / limit as f64;
    let factor = if factor > 100.0 {
        "more than 100x".to_owned()
    } else if factor < 1.5 {
        format!("{factor:.6}x")
    } else {
        format!("{factor:.1}x")
    };
    let advice = "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
    FieldError::forbidden(path, &format!("{what} exceeds budget by factor of {factor} ({advice})"))
}
