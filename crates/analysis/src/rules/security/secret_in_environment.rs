//! A manifest holds a secret as the value of an environment variable or an argument.
//!
//! ## Why it matters
//!
//! Whoever may read pods reads the secret: people who look at a Deployment, programs that collect metrics, the history of the
//! repository. It appears in every diff and in `kubectl describe`.
//!
//! ## What to do
//!
//! Change the secret, because it is known, and take the new one from a Secret with `valueFrom.secretKeyRef`. The value is not
//! repeated here.

use manifest::Severity;
use mesh::Resource;
use mesh::workload::Workload;

use super::secrets::{secret, secret_in_text};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0020"),
    name: "SecretInEnvironment",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("secret_in_environment.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(workload) = Workload::of(resource) else { return };
    for container in workload.init_containers().chain(workload.containers()) {
        let variables = container.list("env").filter_map(|variable| {
            let value = variable.get("value")?;
            let what = secret(variable.text("name"), value.as_str()?)?;
            Some((value, format!("the variable `{}` holds {what}", variable.text("name"))))
        });
        let arguments = container.list("args").chain(container.list("command")).filter_map(|argument| {
            Some((argument, format!("an argument holds {}", secret_in_text(argument.as_str()?)?)))
        });
        for (field, message) in variables.chain(arguments) {
            findings.at(&RULE, resource, field, message).hint("Change the secret, and take the new one from a Secret.");
        }
    }
}
