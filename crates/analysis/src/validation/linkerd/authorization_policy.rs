//! AuthorizationPolicy: which proofs a target wants of its clients.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::{Subject, group_in_words};
use super::{GATEWAY_API, POLICY, objects, refers_to};

/// What a policy can be for.
const TARGETS: [(&str, &str); 5] = [
    (POLICY, "Server"),
    ("", "Namespace"),
    (POLICY, "HTTPRoute"),
    (GATEWAY_API, "HTTPRoute"),
    (GATEWAY_API, "GRPCRoute"),
];
/// Proofs, of each of which there is one at most.
const PROOFS: [(&str, &str); 3] =
    [(POLICY, "MeshTLSAuthentication"), ("", "ServiceAccount"), (POLICY, "NetworkAuthentication")];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    if let Some(target) = spec.get("targetRef") {
        self::target(target, subject.namespace, problems);
    }
    let proofs = || objects(spec, "requiredAuthenticationRefs");
    for proof in proofs().filter(|proof| !PROOFS.iter().any(|(group, kind)| refers_to(*proof, group, kind))) {
        let (group, kind) = (group_in_words(proof.text("group")), proof.text("kind"));
        let message = format!(
            "a `{kind}` of {group} proves nothing; MeshTLSAuthentication, NetworkAuthentication and ServiceAccount do"
        );
        problems.error(proof.get("kind").unwrap_or(proof), message);
    }
    for (group, kind) in PROOFS {
        if let Some(second) = proofs().filter(|proof| refers_to(*proof, group, kind)).nth(1) {
            problems.error(second, format!("a second {kind} is required, and a client can prove one"));
        }
    }
    let of_kind = |(group, kind)| proofs().find(|proof| refers_to(*proof, group, kind));
    if let (Some(_), Some(account)) = (of_kind(PROOFS[0]), of_kind(PROOFS[1])) {
        problems.error(
            account,
            "a MeshTLSAuthentication and a ServiceAccount both name identities, and only one of them can be required",
        );
    }
}

fn target<'w>(target: Field<'w>, namespace: &str, problems: &mut Problems<'w>) {
    let name = target.text("name");
    if !TARGETS.iter().any(|(group, kind)| refers_to(target, group, kind)) {
        let (group, kind) = (group_in_words(target.text("group")), target.text("kind"));
        let message = format!(
            "a policy cannot be for a `{kind}` of {group}; it can be for Server, Namespace, HTTPRoute and GRPCRoute"
        );
        problems.error(target.get("kind").unwrap_or(target), message);
    } else if refers_to(target, "", "Namespace") && name != namespace {
        problems.error(
            target.get("name").unwrap_or(target),
            format!("the policy is for the namespace `{name}`, and must be for its own: `{namespace}`"),
        );
    }
}
