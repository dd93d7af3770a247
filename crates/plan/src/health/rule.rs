use manifest::{GroupVersionKind, Value};

use super::{Health, Status, generic};
use crate::expression::{Expression, ExpressionError, Names};

/// A user's expressions for one kind (`spec.healthCheckExprs[]`).
#[derive(Debug, Clone)]
pub struct HealthRule {
    group: String,
    /// None: every kind of the group.
    kind: Option<String>,
    current: Expression,
    in_progress: Option<Expression>,
    failed: Option<Expression>,
}

/// A `healthCheckExprs` entry that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HealthRuleError {
    /// `current` is missing.
    #[error("healthCheckExprs[{index}] needs the expression `current`")]
    CurrentMissing {
        /// Position of the entry.
        index: usize,
    },
    /// Two entries are for the same kind.
    #[error("healthCheckExprs[{index}] is the second one for {subject}; merge it with the first")]
    Duplicate {
        /// Position of the second entry.
        index: usize,
        /// The kind.
        subject: String,
    },
    /// An expression does not compile.
    #[error("healthCheckExprs[{index}].{field}: {error}")]
    Expression {
        /// Position of the entry.
        index: usize,
        /// Which expression: `current`, `inProgress` or `failed`.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        error: ExpressionError,
    },
}

impl HealthRule {
    /// Reads and compiles `spec.healthCheckExprs`, reporting every entry that cannot be used.
    pub fn read(entries: &Value) -> Result<Vec<HealthRule>, Vec<HealthRuleError>> {
        let mut rules: Vec<HealthRule> = Vec::new();
        let mut errors = Vec::new();
        for (index, entry) in entries.as_array().into_iter().flatten().enumerate() {
            match HealthRule::read_one(index, entry) {
                Ok(rule) if rules.iter().any(|other| other.group == rule.group && other.kind == rule.kind) => {
                    errors.push(HealthRuleError::Duplicate { index, subject: rule.subject() });
                }
                Ok(rule) => rules.push(rule),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(rules) } else { Err(errors) }
    }

    fn read_one(index: usize, entry: &Value) -> Result<HealthRule, Vec<HealthRuleError>> {
        let mut errors = Vec::new();
        let mut compile = |field: &'static str| {
            let source = entry[field].as_str().filter(|source| !source.is_empty())?;
            let compiled = Expression::compile(source, Names::Fields);
            compiled.map_err(|error| errors.push(HealthRuleError::Expression { index, field, error })).ok()
        };
        let (current, in_progress, failed) = (compile("current"), compile("inProgress"), compile("failed"));
        if entry["current"].as_str().is_none_or(str::is_empty) {
            errors.push(HealthRuleError::CurrentMissing { index });
        }
        let text = |field: &str| entry[field].as_str().unwrap_or_default();
        let gvk = GroupVersionKind::from_api_version(text("apiVersion"), text("kind"));
        let kind = Some(gvk.kind).filter(|kind| !kind.is_empty());
        match current {
            Some(current) if errors.is_empty() => {
                Ok(HealthRule { group: gvk.group, kind, current, in_progress, failed })
            }
            Some(_) | None => Err(errors),
        }
    }

    fn subject(&self) -> String {
        match &self.kind {
            Some(kind) => format!("{kind} of {:?}", self.group),
            None => format!("every kind of {:?}", self.group),
        }
    }

    /// RFC 9's order: in progress, failed, current; none of them is in progress.
    pub(super) fn assess(&self, object: &Value) -> Health {
        let kind = object["kind"].as_str().unwrap_or_default();
        if object["status"]["observedGeneration"].is_i64()
            && let Some(health) = generic::generation(object, kind)
        {
            return health;
        }
        let variables: Vec<(&str, &Value)> =
            object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
        let order = [
            (self.in_progress.as_ref(), Status::InProgress),
            (self.failed.as_ref(), Status::Failed),
            (Some(&self.current), Status::Current),
        ];
        for (expression, status) in order {
            let Some(expression) = expression else { continue };
            match expression.evaluate(&variables) {
                Ok(true) => return Health::of(status, "Expression", format!("{} holds", expression.source())),
                Ok(false) => {}
                Err(error) => return Health::of(Status::Unknown, "ExpressionFailed", error.to_string()),
            }
        }
        Health::in_progress("Expression", format!("{} does not hold yet", self.current.source()))
    }
}

/// The rule for an object: its kind's, or else its group's.
pub(super) fn for_object<'r>(rules: &'r [HealthRule], object: &Value) -> Option<&'r HealthRule> {
    let gvk = GroupVersionKind::of(object)?;
    let of_group = || rules.iter().filter(|rule| rule.group == gvk.group);
    of_group()
        .find(|rule| rule.kind.as_ref() == Some(&gvk.kind))
        .or_else(|| of_group().find(|rule| rule.kind.is_none()))
}
