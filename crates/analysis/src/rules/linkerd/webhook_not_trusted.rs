//! The API server does not trust the certificate of one of Linkerd's webhooks.
//!
//! ## Why it matters
//!
//! The API server calls a webhook only if its certificate leads back to `caBundle` of its configuration. Otherwise pods are created
//! without a proxy or not at all, and policies are not checked or not taken. It happens when Secret and configuration are rendered
//! at different times, and each time with new certificates.
//!
//! ## What to do
//!
//! Let cert-manager write both (`externalSecret: true` and `injectCaFrom` in the values of the chart), or give certificate and
//! `caBundle` as values that belong together.

use manifest::Severity;
use mesh::{Field, KindName, Resource, World, kind};

use super::certificates::{Role, all};
use crate::certificate::issuer::{Issued, issued_by_one_of};
use crate::certificate::{certificates, decoded};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0119"),
    name: "WebhookNotTrusted",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("webhook_not_trusted.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for secret in all(world).into_iter().filter(|found| found.role == Role::Webhook) {
        let configuration = configuration(secret.holder.name()).and_then(|(kind, name)| world.find(kind, "", name));
        let Some((configuration, chain)) = configuration.zip(secret.certificates.as_deref()) else { continue };
        for bundle in bundles(configuration) {
            let text = bundle.as_str().unwrap_or_default();
            let Some(trusted) = decoded(text).and_then(|pem| certificates(&pem)) else { continue };
            match issued_by_one_of(chain, &trusted) {
                Issued::Yes | Issued::Unknown => {}
                Issued::ByAnotherName | Issued::ByAnotherKey => {
                    findings
                        .at(
                            &RULE,
                            configuration,
                            bundle,
                            "`caBundle` does not have who issued the webhook's certificate",
                        )
                        .hint("Give certificate and `caBundle` that belong together.")
                        .see(secret.field.location(), "the certificate of the webhook is here");
                }
            }
        }
    }
}

/// The configuration of the webhook that presents the certificate of a Secret.
fn configuration(secret: &str) -> Option<(KindName, &'static str)> {
    match secret {
        "linkerd-proxy-injector-k8s-tls" => Some((kind::MUTATING_WEBHOOK, "linkerd-proxy-injector-webhook-config")),
        "linkerd-sp-validator-k8s-tls" => Some((kind::VALIDATING_WEBHOOK, "linkerd-sp-validator-webhook-config")),
        "linkerd-policy-validator-k8s-tls" => {
            Some((kind::VALIDATING_WEBHOOK, "linkerd-policy-validator-webhook-config"))
        }
        _ => None,
    }
}

/// The certificates that the API server trusts for the webhooks of a configuration, unless somebody else fills them in.
fn bundles(configuration: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let webhooks = configuration.root().list("webhooks");
    webhooks.filter_map(|webhook| webhook.at(&["clientConfig", "caBundle"])).filter(move |_| {
        configuration.annotation("cert-manager.io/inject-ca-from").is_none()
            && configuration.annotation("cert-manager.io/inject-ca-from-secret").is_none()
    })
}
