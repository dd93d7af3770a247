//! An object of the Gateway API is refused: by the schema of its kind, or by one of its rules in CEL.
//!
//! Every field of every kind is checked, those of the experimental channel too: filters whose type and field do not fit,
//! listeners that cannot be told apart, modes of TLS that do not fit the protocol, paths that no request has, references
//! to a Service without a port, two references to the same parent.
//!
//! ## Why it matters
//!
//! The API server refuses the object, and with it the whole change that it is part of. A cluster with older definitions
//! may take it, and then the gateway marks it as not accepted: the route does not exist for any request.
//!
//! ## What to do
//!
//! Mend the value that the finding names.

use manifest::Severity;
use mesh::Resource;

use crate::validation::{Subject, report_errors};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0001"),
    name: "InvalidGatewayApiObject",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("invalid_object.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let subject = Subject::from(resource);
    if subject.group() == "gateway.networking.k8s.io" {
        report_errors(&RULE, resource, subject, findings);
    }
}
