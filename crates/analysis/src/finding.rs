//! What a rule found.

use manifest::{Diagnostic, Location, ObjectId, Severity};
use mesh::{Field, Resource};

use crate::{Code, Rule};

/// One thing that a rule found: a [`Diagnostic`] with the rule's code and the other places that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's code.
    pub code: Code,
    /// The name of the code.
    pub name: &'static str,
    /// What, where, about which object, and what to do.
    pub diagnostic: Diagnostic,
    /// Other places that belong to it, each with what stands there.
    pub related: Vec<(Location, String)>,
}

impl Finding {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.diagnostic.severity
    }

    /// The object as Istio names it in messages and suppressions: `Kind namespace/name`, or `Kind name` for one without
    /// a namespace. Empty if the finding is about no object.
    pub fn resource(&self) -> String {
        self.diagnostic.object.as_ref().map(resource_text).unwrap_or_default()
    }
}

/// `Kind namespace/name`, or `Kind name`.
pub(crate) fn resource_text(id: &ObjectId) -> String {
    if id.namespace.is_empty() {
        format!("{} {}", id.kind, id.name)
    } else {
        format!("{} {}/{}", id.kind, id.namespace, id.name)
    }
}

impl Finding {
    /// What was wrong while files were read or rendered, under the rule that stands for it.
    pub fn of(rule: &Rule, diagnostic: Diagnostic) -> Finding {
        let diagnostic = Diagnostic { severity: rule.severity, ..diagnostic };
        Finding { code: rule.code, name: rule.name, diagnostic, related: Vec::new() }
    }
}

/// Where rules put what they found.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    /// Nothing found yet.
    pub fn new() -> Findings {
        Findings::default()
    }

    /// Reports a finding about an object, at the place of one of its values. `message` is a sentence without a final stop,
    /// which names the value it is about.
    pub fn at(
        &mut self,
        rule: &Rule,
        resource: Resource<'_>,
        field: Field<'_>,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.push(rule, resource, field.location(), message.into())
    }

    /// Reports a finding about an object as a whole.
    pub fn about(&mut self, rule: &Rule, resource: Resource<'_>, message: impl Into<String>) -> &mut Finding {
        self.push(rule, resource, resource.location(), message.into())
    }

    /// What was found.
    pub fn into_vec(self) -> Vec<Finding> {
        self.found
    }

    fn push(
        &mut self,
        rule: &Rule,
        resource: Resource<'_>,
        location: Option<Location>,
        message: String,
    ) -> &mut Finding {
        let object = Some(resource.id().clone());
        let diagnostic = Diagnostic { severity: rule.severity, message, location, object, hint: None };
        self.found.push(Finding { code: rule.code, name: rule.name, diagnostic, related: Vec::new() });
        self.found.last_mut().unwrap_or_else(|| unreachable!("one was pushed"))
    }
}

impl Finding {
    /// Adds what to do about it, as an imperative sentence.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Finding {
        self.diagnostic.hint = Some(hint.into());
        self
    }

    /// Adds another place that belongs to it, if that is known.
    pub fn see(&mut self, location: Option<Location>, what: impl Into<String>) -> &mut Finding {
        self.related.extend(location.map(|location| (location, what.into())));
        self
    }
}
