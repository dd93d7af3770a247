//! Whether the token of a request is accepted: Istio's RequestAuthentication.

use manifest::Value;

use super::policy::{Place, applying};
use crate::access::AccessQuestion;
use crate::reasoning::Reasoning;
use crate::{World, kind};

/// The claims of the request's token that policies may rely on. A request without token passes, with none; a token of an
/// issuer that no rule knows gives 401, one for another audience 403. Signatures are taken for valid.
pub(super) fn accepted<'q>(
    world: &World,
    question: AccessQuestion<'q, '_>,
    place: Place<'_>,
    why: &mut Reasoning,
) -> Result<Option<&'q Value>, u16> {
    let Some(claims) = question.request.claims.as_ref() else { return Ok(None) };
    let policies = applying(world, kind::REQUEST_AUTHENTICATION, place);
    if policies.is_empty() {
        why.push(Reasoning::noted("no RequestAuthentication holds for the workload, so nobody looks at the token"));
        return Ok(None);
    }
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    let mut wrong_audience = None;
    for rule in policies.iter().flat_map(|policy| policy.list(&["spec", "jwtRules"])) {
        if rule.text("issuer") != issuer {
            continue;
        }
        let mut wanted = rule.texts("audiences").peekable();
        if wanted.peek().is_none() || wanted.any(|wanted| audiences.contains(&wanted)) {
            why.push(Reasoning::holds(format!("the token of `{issuer}` is accepted")).at(rule));
            return Ok(Some(claims));
        }
        wrong_audience = wrong_audience.or(Some(rule));
    }
    if let Some(rule) = wrong_audience {
        why.push(Reasoning::decides("the token is for another audience").at(rule));
        return Err(403);
    }
    why.push(Reasoning::decides(format!("no RequestAuthentication knows the issuer `{issuer}`")).about(policies[0]));
    Err(401)
}
