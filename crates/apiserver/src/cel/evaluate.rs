//! What the rules of a schema say about an object.
//!
//! The order, what is correlated with what from before, and the texts are those of `k8s.io/apiextensions-apiserver`
//! (`schema/cel`). A rule about a value that stayed as it was is not asked again, where kube-apiserver asks and warns
//! (ratcheting validation): most writes change only `status`, and most rules are about `spec`.

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{Context, ExecutionError, Value as CelValue};
use serde_json::Value;

use super::budget::{Budget, Exhausted, Size};
use super::expression::{OldSelf, Program};
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
                let before = by_keys(&rules.keys, old);
                for (index, value) in items.iter().enumerate() {
                    let old = key(&rules.keys, value).and_then(|key| before.get(&key).copied());
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
        let old = subject.old.map(|old| values::value(old, declared));
        let mut scope = self.library.new_inner_scope();
        scope.add_variable_from_value("self", values::value(subject.value, declared));
        if let Some(old) = &old {
            scope.add_variable_from_value(OLD_SELF, old.clone());
        }
        let seen = Seen {
            rules,
            path: subject.path,
            old,
            scope: &scope,
            size: Size::of(subject.value),
            old_size: subject.old.map(Size::of),
        };
        asked.try_for_each(|rule| self.ask_one(rule, &seen))
    }

    fn ask_one(&mut self, rule: &Rule, seen: &Seen<'_>) -> Result<(), Exhausted> {
        let program = match &rule.program {
            Ok(program) => program,
            Err(why) => {
                self.errors.push(seen.invalid(&format!("rule compile error: {why}")));
                return Ok(());
            }
        };
        if rule.compares && seen.old.is_none() && rule.old_self == OldSelf::Required {
            return Ok(());
        }
        let exhausted = "validation failed due to running out of cost budget, no further validation rules will be run";
        self.pay(program, rule, seen, exhausted)?;
        match seen.answer(rule, program) {
            Ok(CelValue::Bool(true)) => {}
            Ok(_) => {
                if let Some(expression) = &rule.message_expression {
                    let exhausted = "messageExpression evaluation failed due to running out of cost budget, no further \
                                     validation rules will be run";
                    self.pay(expression, rule, seen, exhausted)?;
                }
                self.errors.push(refused(seen.rules, rule, seen.path, &message(rule, seen.scope)));
            }
            Err(error) => self.errors.push(seen.invalid(&failed(&error, rule))),
        }
        Ok(())
    }

    /// Pays for what a rule is about to compute, or says that nothing is left for it.
    fn pay(&mut self, program: &Program, rule: &Rule, seen: &Seen<'_>, exhausted: &str) -> Result<(), Exhausted> {
        let size = seen.old_size.filter(|_| rule.compares).map_or(seen.size, |old| seen.size.or(old));
        let paid = self.budget.pay(&program.tree, size);
        paid.inspect_err(|Exhausted| self.errors.push(seen.invalid(exhausted)))
    }
}

/// What rules see of a value.
struct Seen<'a> {
    rules: &'a Rules,
    path: &'a str,
    old: Option<CelValue>,
    /// With `self`, and `oldSelf` if there is one.
    scope: &'a Context<'a>,
    size: Size,
    old_size: Option<Size>,
}

impl Seen<'_> {
    fn answer(&self, rule: &Rule, program: &Program) -> Result<CelValue, ExecutionError> {
        match rule.old_self {
            OldSelf::Required => program.run(self.scope),
            OldSelf::Optional => {
                let optional = self.old.clone().map_or_else(OptionalValue::none, OptionalValue::of);
                let mut scope = self.scope.new_inner_scope();
                scope.add_variable_from_value(OLD_SELF, CelValue::Opaque(Arc::new(optional)));
                program.run(&scope)
            }
        }
    }

    fn invalid(&self, why: &str) -> FieldError {
        FieldError::invalid(field(self.path), &Value::from(self.rules.ty.as_str()), why)
    }
}

/// The items of a list that is a map, as it was before, by their keys; of two with the same keys, the first.
fn by_keys<'a>(keys: &[String], old: Option<&'a Value>) -> HashMap<String, &'a Value> {
    let mut items = HashMap::new();
    if !keys.is_empty() {
        for item in old.and_then(Value::as_array).into_iter().flatten() {
            key(keys, item).into_iter().for_each(|key| {
                items.entry(key).or_insert(item);
            });
        }
    }
    items
}

/// What tells an item of a list from others; nothing if it lacks a part of it.
fn key(keys: &[String], item: &Value) -> Option<String> {
    let part = |name: &String| item.get(name).filter(|part| !part.is_object() && !part.is_array() && !part.is_null());
    let parts: Option<Vec<String>> = keys.iter().map(|name| part(name).map(Value::to_string)).collect();
    parts.map(|parts| parts.join(","))
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
