//! What the rules of a schema say about an object.
//!
//! The order, what is correlated with what from before, and the texts are those of `k8s.io/apiextensions-apiserver`
//! (`schema/cel`). A rule about a value that stayed as it was is not asked again, where kube-apiserver asks and warns
//! (ratcheting validation): most writes change only `status`, and most rules are about `spec`.

use std::collections::HashMap;

use expressions::{Budget, Exhausted, Failure, Program, Scope, Size, Value as Operand};
use serde_json::Value;

use super::rules::{Reason, Rule, Rules};
use super::{OLD_SELF, OldSelf, SELF};
use crate::registry::FieldError;

/// Bytes of the longest message that a rule may make.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// The errors of the rules that do not hold for a value, which took the place of `old`. The field of one about the value
/// itself is empty.
pub(crate) fn errors(rules: &Rules, value: &Value, old: Option<&Value>) -> Vec<FieldError> {
    Scope::with_functions(|functions| {
        let mut evaluation = Evaluation { functions, budget: Budget::full(), errors: Vec::new() };
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

struct Evaluation<'f> {
    functions: &'f Scope<'f>,
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
        let old = subject.old.map(|old| Operand::of(old, declared));
        let mut scope = self.functions.inner();
        scope.set(SELF, Operand::of(subject.value, declared));
        if let Some(old) = &old {
            scope.set(OLD_SELF, old.clone());
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
        match seen.answer(rule, program).map(|answer| answer.as_bool()) {
            Ok(Some(true)) => {}
            Ok(_) => {
                if let Some(expression) = &rule.message_expression {
                    let exhausted = "messageExpression evaluation failed due to running out of cost budget, no further \
                                     validation rules will be run";
                    self.pay(expression, rule, seen, exhausted)?;
                }
                self.errors.push(refused(seen.rules, rule, seen.path, &message(rule, seen.scope)));
            }
            Err(failure) => self.errors.push(seen.invalid(&failed(&failure, rule))),
        }
        Ok(())
    }

    /// Pays for what a rule is about to compute, or says that nothing is left for it.
    fn pay(&mut self, program: &Program, rule: &Rule, seen: &Seen<'_>, exhausted: &str) -> Result<(), Exhausted> {
        let size = seen.old_size.filter(|_| rule.compares).map_or(seen.size, |old| seen.size.or(old));
        let paid = self.budget.pay(program, size);
        paid.inspect_err(|Exhausted| self.errors.push(seen.invalid(exhausted)))
    }
}

/// What rules see of a value.
struct Seen<'a> {
    rules: &'a Rules,
    path: &'a str,
    old: Option<Operand>,
    /// With `self`, and `oldSelf` if there is one.
    scope: &'a Scope<'a>,
    size: Size,
    old_size: Option<Size>,
}

impl Seen<'_> {
    fn answer(&self, rule: &Rule, program: &Program) -> Result<Operand, Failure> {
        match rule.old_self {
            OldSelf::Required => program.run(self.scope),
            OldSelf::Optional => {
                let mut scope = self.scope.inner();
                scope.set(OLD_SELF, Operand::optional(self.old.clone()));
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
fn message(rule: &Rule, scope: &Scope<'_>) -> String {
    let made = rule.message_expression.as_ref().and_then(|expression| expression.run(scope).ok());
    let made = made.as_ref().and_then(Operand::as_text).map(str::trim);
    let is_fit = |text: &&str| !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
    let told = made.filter(is_fit).or(rule.message.as_deref());
    told.map_or_else(|| format!("failed rule: {}", rule.text), str::to_owned)
}

/// What to say where a rule has no answer.
fn failed(failure: &Failure, rule: &Rule) -> String {
    let rule = rule.message.as_deref().unwrap_or(&rule.text);
    if *failure == Failure::Overload {
        let what = "call arguments did not match a supported operator, function or macro signature for rule";
        return format!("'no such overload': {what}: {rule}");
    }
    format!("{failure} evaluating rule: {rule}")
}

#[cfg(test)]
mod tests;
