//! A control plane that is to be always there lets pods start without a proxy when it is not.
//!
//! ## Why it matters
//!
//! With `failurePolicy: Ignore`, pods that are created while the injector cannot be reached are not injected, and stay outside
//! the mesh until somebody restarts them. Several replicas say that this is not meant: Linkerd's values for high availability
//! set `Fail`.
//!
//! ## What to do
//!
//! Set `webhookFailurePolicy: Fail`, and the label `config.linkerd.io/admission-webhooks: disabled` on the namespace
//! `kube-system`, so that the cluster itself can always start.

use manifest::Severity;
use mesh::{Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0110"),
    name: "WebhookIgnoresFailure",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("webhook_ignores_failure.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let replicated = |deployment: &Resource<'_>| {
        let replicas = deployment.spec().and_then(|spec| spec.integer("replicas")).unwrap_or(1);
        deployment.name() == "linkerd-proxy-injector" && replicas > 1
    };
    let Some(injector) = world.of(kind::DEPLOYMENT).find(replicated) else { return };
    for configuration in
        world.of(kind::MUTATING_WEBHOOK).filter(|found| found.name().starts_with("linkerd-proxy-injector"))
    {
        for webhook in configuration.root().list("webhooks") {
            if let Some(policy) = webhook.get("failurePolicy").filter(|policy| policy.as_str() == Some("Ignore")) {
                findings
                    .at(&RULE, configuration, policy, "pods start without a proxy while the injector cannot be reached")
                    .hint("Set `webhookFailurePolicy: Fail`.")
                    .see(injector.location(), "the injector has several replicas");
            }
        }
    }
}
