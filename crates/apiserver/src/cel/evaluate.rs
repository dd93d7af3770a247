//! What the rules of a schema say about an object.
//!
//! The order, what is correlated with what from before, and the texts are those of `k8s.io/apiextensions-apiserver`
//! (`schema/cel`). A rule about a value that stayed as it was is not asked again, where kube-apiserver asks and warns
//! (ratcheting validation): most writes change only `status`, and most rules are about `spec`.

use std::sync::Arc;

use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{Context, ExecutionError, Value as CelValue};
use serde_json::Value;

use super::budget::{Budget, Exhausted, Size};
use super::expression::OldSelf;
use super::rules::{Reason, Rule, Rules};
use super::{OLD_SELF, library, values};
use crate::registry::FieldError;

/// Bytes of the longest message that a rule may make.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// The errors of the rules that do not hold for a value, which took the place of `old`. The field of one about the value
/// itself is empty.
pub(crate) fn errors(rules: &Rules, value: &Value, old: Option<&Value>) -> Vec<FieldError> {
    thread_local! {
        // It holds Kubernetes' whole library, so each thread makes one.
        static LIBRARY: Context<'static> = library::library();
    }
    LIBRARY.with(|library| {
        let mut evaluation = Evaluation { library, budget: Budget::full(), errors: Vec::new() };
        // The error that stops everything is among the others.
        let _stopped = evaluation.visit(rules, Subject { path: "", value, old, around: Since::Changed });
        evaluation.errors
    })
}

/// A value that rules are about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    path: &'a str,
    value: &'a Value,
    /// What it was, where that can be told.
    old: Option<&'a Value>,
    /// Whether the nearest value around it that can be told again stayed as it was.
    around: Since,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Changed,
    Unchanged,
}

impl Subject<'_> {
    fn since(&self) -> Since {
        match self.old {
            Some(old) if old == self.value => Since::Unchanged,
            Some(_) => Since::Changed,
            None => self.around,
        }
    }
}

struct Evaluation<'l> {
    library: &'l Context<'static>,
    budget: Budget,
    errors: Vec<FieldError>,
}

impl Evaluation<'_> {
    /// Asks all rules about a value and what is in it. Rules speak of values only, not of what is absent.
    fn visit(&mut self, rules: &Rules, subject: Subject<'_>) -> Result<(), Exhausted> {
        let since = subject.since();
        if subject.value.is_null() || since == Since::Unchanged && !rules.compares {
            return Ok(());
        }
        self.ask(rules, subject, since)?;
        self.descend(rules, subject, since)
    }

    fn descend(&mut self, rules: &Rules, subject: Subject<'_>, around: Since) -> Result<(), Exhausted> {
        let Subject { path, value, old, .. } = subject;
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let old = old.and_then(|old| old.get(name));
                    if let Some(below) = &rules.values {
                        self.visit(below, Subject { path: &format!("{path}[{name}]"), value, old, around })?;
                    }
                    if let Some(below) = rules.fields.get(name) {
                        self.visit(below, Subject { path: &format!("{path}.{name}"), value, old, around })?;
                    }
                }
            }
            Value::Array(items) => {
                let Some(below) = &rules.items else { return Ok(()) };
                let before = old.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                for (index, value) in items.iter().enumerate() {
                    let old = before.iter().find(|old| is_same_item(&rules.keys, old, value));
                    self.visit(below, Subject { path: &format!("{path}[{index}]"), value, old, around })?;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(())
    }

    /// Asks the rules about the value itself.
    fn ask(&mut self, rules: &Rules, subject: Subject<'_>, since: Since) -> Result<(), Exhausted> {
        let asked = |rule: &&Rule| rule.compares || since == Since::Changed;
        let mut asked = rules.own.iter().filter(asked).peekable();
        if asked.peek().is_none() {
            return Ok(());
        }
        let declared = rules.declared.as_deref();
        let (own, before) = (Size::of(subject.value), subject.old.map(Size::of));
        let mut plain = self.library.new_inner_scope();
        plain.add_variable_from_value("self", values::value(subject.value, declared));
        let old = subject.old.map(|old| values::value(old, declared));
        if let Some(old) = &old {
            plain.add_variable_from_value(OLD_SELF, old.clone());
        }
        for rule in asked {
            let program = match &rule.program {
                Ok(program) => program,
                Err(why) => {
                    self.errors.push(invalid(rules, subject.path, &format!("rule compile error: {why}")));
                    continue;
                }
            };
            if rule.compares && old.is_none() && rule.old_self == OldSelf::Required {
                continue;
            }
            let size = before.filter(|_| rule.compares).map_or(own, |before| own.or(before));
            self.budget.pay(&program.tree, size).inspect_err(|Exhausted| {
                let why =
                    "validation failed due to running out of cost budget, no further validation rules will be run";
                self.errors.push(invalid(rules, subject.path, why));
            })?;
            let answer = match rule.old_self {
                OldSelf::Required => program.run(&plain),
                OldSelf::Optional => {
                    let optional = old.clone().map_or_else(OptionalValue::none, OptionalValue::of);
                    let mut scope = plain.new_inner_scope();
                    scope.add_variable_from_value(OLD_SELF, CelValue::Opaque(Arc::new(optional)));
                    program.run(&scope)
                }
            };
            match answer {
                Ok(CelValue::Bool(true)) => {}
                Ok(_) => {
                    if let Some(expression) = &rule.message_expression {
                        self.budget.pay(&expression.tree, size).inspect_err(|Exhausted| {
                            let why = "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
                            self.errors.push(invalid(rules, subject.path, why));
                        })?;
                    }
                    self.errors.push(refused(rules, rule, subject.path, &message(rule, &plain)));
                }
                Err(error) => self.errors.push(invalid(rules, subject.path, &failed(&error, rule))),
            }
        }
        Ok(())
    }
}

/// Whether two items of a list are the same one at two times: those of lists that are maps, by their keys.
fn is_same_item(keys: &[String], one: &Value, other: &Value) -> bool {
    let is_same = |key: &String| match (one.get(key), other.get(key)) {
        (Some(one), Some(other)) => one == other && !one.is_object() && !one.is_array() && !one.is_null(),
        (Some(_) | None, _) => false,
    };
    !keys.is_empty() && keys.iter().all(is_same)
}

fn invalid(rules: &Rules, path: &str, why: &str) -> FieldError {
    FieldError::invalid(field(path), &Value::from(rules.ty.as_str()), why)
}

fn field(path: &str) -> &str {
    path.strip_prefix('.').unwrap_or(path)
}

/// The error of a rule that does not hold. Values are shown by their type's name.
fn refused(rules: &Rules, rule: &Rule, path: &str, message: &str) -> FieldError {
    let path = format!("{path}{}", rule.blamed);
    let (field, shown) = (field(&path), Value::from(rules.ty.as_str()));
    match rule.reason {
        Reason::Invalid => FieldError::invalid(field, &shown, message),
        Reason::Forbidden => FieldError::forbidden(field, message),
        Reason::Required => FieldError::required(field, message),
        Reason::Duplicate => FieldError::duplicate(field, &shown),
    }
}

/// What to say where a rule does not hold: what it makes of the value, what it says, or what it is.
fn message(rule: &Rule, scope: &Context<'_>) -> String {
    let made = rule.message_expression.as_ref().and_then(|expression| match expression.run(scope) {
        Ok(CelValue::String(text)) => Some(text.trim().to_owned()),
        Ok(_) | Err(_) => None,
    });
    let is_fit = |text: &String| !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
    made.filter(is_fit).or_else(|| rule.message.clone()).unwrap_or_else(|| format!("failed rule: {}", rule.text))
}

/// What to say where a rule has no answer.
fn failed(error: &ExecutionError, rule: &Rule) -> String {
    let rule = rule.message.as_deref().unwrap_or(&rule.text);
    let why = match error {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::IndexOutOfBounds(index) => match index {
            CelValue::Int(index) => format!("index out of bounds: {index}"),
            other => format!("index out of bounds: {other:?}"),
        },
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::Overflow(..) => "integer overflow".to_owned(),
        ExecutionError::FunctionError { message, .. } => message.clone(),
        ExecutionError::NoSuchOverload
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnsupportedUnaryOperator(..)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::NotSupportedAsMethod { .. } => {
            let what = "call arguments did not match a supported operator, function or macro signature for rule";
            return format!("'no such overload': {what}: {rule}");
        }
        other => other.to_string(),
    };
    format!("{why} evaluating rule: {rule}")
}

#[cfg(test)]
mod tests;
