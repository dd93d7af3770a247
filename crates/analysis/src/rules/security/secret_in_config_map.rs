//! A ConfigMap holds a secret.
//!
//! ## Why it matters
//!
//! ConfigMaps are readable for many more people and programs than Secrets, are not encrypted where Secrets are, and their
//! values are printed by every diff and every log. Whoever reads the repository has the secret already.
//!
//! ## What to do
//!
//! Change the secret, because it is known, and keep the new one in a Secret that is encrypted in Git with SOPS or comes from a
//! store of secrets. The value is not repeated here.

use manifest::Severity;
use mesh::{Resource, kind};

use super::secrets::secret;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0015"),
    name: "SecretInConfigMap",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("secret_in_config_map.rs"),
    check: Check::Resource(check),
};

fn check(config: Resource<'_>, findings: &mut Findings) {
    if !config.is(kind::CONFIG_MAP) {
        return;
    }
    for (key, value) in config.root().map("data") {
        let Some(text) = value.as_str() else { continue };
        if let Some(what) = secret(key, text) {
            findings
                .at(&RULE, config, value, format!("`{key}` holds {what}"))
                .hint("Change the secret, and keep the new one in an encrypted Secret.");
        }
    }
}
