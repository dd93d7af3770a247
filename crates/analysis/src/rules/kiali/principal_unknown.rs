//! An AuthorizationPolicy names a service account that does not exist.
//!
//! ## Why it matters
//!
//! Nobody can call as that account. A rule that allows by it lets nobody in, one that denies by it denies nobody.
//!
//! ## What to do
//!
//! Correct the principal, `cluster.local/ns/NAMESPACE/sa/NAME` without `spiffe://`, or declare the ServiceAccount. Principals of
//! other trust domains are not looked up.

use manifest::Severity;
use mesh::{World, kind};

use crate::missing::would_be_declared;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0106"),
    name: "PrincipalUnknown",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("principal_unknown.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    let config = world.mesh_config();
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        let sources =
            policy.list(&["spec", "rules"]).flat_map(|rule| rule.list("from")).filter_map(|from| from.get("source"));
        for principal in sources.flat_map(|source| source.list("principals")) {
            let text = principal.as_str().unwrap_or_default();
            let Some((domain, rest)) = text.split_once("/ns/") else { continue };
            let Some((namespace, account)) = rest.split_once("/sa/") else { continue };
            let local = domain == "cluster.local" || domain == config.trust_domain();
            if !local
                || text.contains('*')
                || !known.whole(namespace)
                || !would_be_declared(world, namespace, kind::DEPLOYMENT)
            {
                continue;
            }
            // An account that a workload runs as is there, declared or not: `default` is made for every namespace.
            let declared = world.find(kind::SERVICE_ACCOUNT, namespace, account).is_some() || account == "default";
            if !declared && !world.workloads_in(namespace).any(|workload| workload.service_account() == account) {
                findings
                    .at(
                        &RULE,
                        policy,
                        principal,
                        format!("there is no service account `{account}` in the namespace `{namespace}`"),
                    )
                    .hint("Correct the principal, or declare the ServiceAccount.");
            }
        }
    }
}
