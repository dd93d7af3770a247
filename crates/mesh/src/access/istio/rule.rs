//! Whether a rule of an AuthorizationPolicy matches.

use std::fmt;

use manifest::Value;

use super::condition::{Key, Unfit, holds_for};
use crate::access::AccessQuestion;
use crate::reasoning::Reasoning;
use crate::{Field, Resource, World};

/// What a policy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Allow,
    Deny,
    Audit,
    Custom,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Action::Allow => "ALLOW",
            Action::Deny => "DENY",
            Action::Audit => "AUDIT",
            Action::Custom => "CUSTOM",
        })
    }
}

/// Whether requests are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traffic {
    Requests,
    Bytes,
}

/// What rules look at.
#[derive(Debug, Clone)]
pub(super) struct Subject<'q, 'w> {
    pub(super) question: AccessQuestion<'q, 'w>,
    /// The client's identity, if the connection proves one.
    pub(super) principal: Option<String>,
    /// The claims of the token, if one was accepted.
    pub(super) claims: Option<&'q Value>,
    pub(super) traffic: Traffic,
}

/// The members of `source` with what they mean.
const SOURCE: [(&str, &str, Key<'static>); 7] = [
    ("principals", "notPrincipals", Key::Principal),
    ("requestPrincipals", "notRequestPrincipals", Key::RequestPrincipal),
    ("namespaces", "notNamespaces", Key::Namespace),
    ("serviceAccounts", "notServiceAccounts", Key::ServiceAccount),
    ("trustDomains", "notTrustDomains", Key::TrustDomain),
    ("ipBlocks", "notIpBlocks", Key::SourceIp),
    ("remoteIpBlocks", "notRemoteIpBlocks", Key::RemoteIp),
];

/// The members of `operation` with what they mean.
const OPERATION: [(&str, &str, Key<'static>); 4] = [
    ("hosts", "notHosts", Key::Host),
    ("ports", "notPorts", Key::Port),
    ("methods", "notMethods", Key::Method),
    ("paths", "notPaths", Key::Path),
];

/// Everything that holds of a rule, or what does not: one of `from`, one of `to`, and all of `when`.
pub(super) fn matches(
    world: &World,
    declared: Field<'_>,
    policy: Resource<'_>,
    action: Action,
    subject: &Subject<'_, '_>,
) -> Result<Vec<Reasoning>, Reasoning> {
    let unknown = declared.list("when").find(|condition| Key::of(condition.text("key")).is_none());
    if let Some(unknown) = unknown {
        let step = format!("`{}` is no key that Istio knows, so it drops the rule", unknown.text("key"));
        return Err(Reasoning::fails(step).at(unknown));
    }
    let judge = Judge { world, policy, action, subject };
    let mut held = judge.one_of(declared, "from", "source", &SOURCE)?;
    held.extend(judge.one_of(declared, "to", "operation", &OPERATION)?);
    for condition in declared.list("when") {
        let Some(key) = Key::of(condition.text("key")) else { continue };
        held.extend(judge.condition(key, condition.get("values"), condition.get("notValues"))?);
    }
    if held.is_empty() {
        held.push(Reasoning::holds("the rule asks for nothing"));
    }
    Ok(held)
}

#[derive(Clone, Copy)]
struct Judge<'a, 'q, 'w> {
    world: &'a World,
    policy: Resource<'a>,
    action: Action,
    subject: &'a Subject<'q, 'w>,
}

impl Judge<'_, '_, '_> {
    /// What holds of the first item of a list of which one must hold; nothing for an empty list.
    fn one_of(
        self,
        declared: Field<'_>,
        list: &str,
        member: &str,
        members: &[(&str, &str, Key<'static>)],
    ) -> Result<Vec<Reasoning>, Reasoning> {
        let mut failed = Vec::new();
        for item in declared.list(list) {
            let Some(inner) = item.get(member) else {
                return Ok(vec![Reasoning::holds("it asks for nothing").at(item)]);
            };
            let all = members.iter().try_fold(Vec::new(), |mut held, (values, not_values, key)| {
                held.extend(self.condition(*key, inner.get(values), inner.get(not_values))?);
                Ok(held)
            });
            match all {
                Ok(held) => return Ok(held),
                Err(reason) => failed.push(reason),
            }
        }
        match failed.len() {
            0 => Ok(Vec::new()),
            1 => Err(failed.swap_remove(0)),
            _ => Err(Reasoning::fails(format!("none of `{list}` holds")).because(failed)),
        }
    }

    /// One of `values` must hold and none of `notValues`. What cannot be asked of this traffic makes an ALLOW rule match
    /// nothing and counts as absent for every other action, which errs on the safe side (Istio `checkError`).
    fn condition(
        self,
        key: Key<'_>,
        values: Option<Field<'_>>,
        not_values: Option<Field<'_>>,
    ) -> Result<Vec<Reasoning>, Reasoning> {
        let mut held = Vec::new();
        let actual = key.shown(self.subject);
        for (list, wanted) in [(values, Wanted::One), (not_values, Wanted::None)] {
            let Some(list) = list.filter(|list| list.items().len() > 0) else { continue };
            let texts: Vec<String> = list.items().filter_map(text).collect();
            let mut unfit = None;
            let mut found = None;
            for text in &texts {
                match holds_for(self.world, key, text, self.policy, self.subject) {
                    Ok(true) => found = found.or(Some(text)),
                    Ok(false) => {}
                    Err(problem) => unfit = Some(problem),
                }
            }
            match (unfit, self.action) {
                (Some(Unfit(problem)), Action::Allow) => return Err(Reasoning::fails(problem).at(list)),
                (Some(Unfit(problem)), Action::Deny | Action::Audit | Action::Custom) if found.is_none() => {
                    held.push(
                        Reasoning::noted(format!("{problem}, and {} errs on the safe side", self.action)).at(list),
                    );
                    continue;
                }
                _ => {}
            }
            let listed = texts.join("`, `");
            match (found, wanted) {
                (Some(text), Wanted::One) => held.push(Reasoning::holds(format!("{actual}: one of `{text}`")).at(list)),
                (None, Wanted::None) => held.push(Reasoning::holds(format!("{actual}: none of `{listed}`")).at(list)),
                (None, Wanted::One) => return Err(Reasoning::fails(format!("{actual}; wanted is `{listed}`")).at(list)),
                (Some(text), Wanted::None) => {
                    return Err(Reasoning::fails(format!("{actual}; `{text}` is excluded")).at(list));
                }
            }
        }
        Ok(held)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    One,
    None,
}

/// A value as text; ports are sometimes written as numbers.
fn text(item: Field<'_>) -> Option<String> {
    match item.value() {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
