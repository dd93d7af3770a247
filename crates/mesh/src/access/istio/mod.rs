//! What Istio says of a request: the encryption of the connection, the token, and AuthorizationPolicies.

mod condition;
mod policy;
mod rule;
mod token;
mod value;

use crate::membership::{Proxy, hidden_port};
use crate::reasoning::Reasoning;
use crate::request::Scheme;
use crate::transport::{MutualTls, TransportOutcome, mode_of};
use crate::{World, extension, waypoint};

use super::decision::{AccessDecision, AccessQuestion, Identity, Layer, Verdict};
use policy::{Enforcer, Place, judge};
use rule::{Subject, Traffic};

fn refused(by: Layer, status: Option<u16>) -> AccessDecision {
    AccessDecision { status, ..AccessDecision::new(Verdict::Deny, by) }
}

/// Whether the proxies of a workload let a request in.
pub(super) fn decide(
    world: &World,
    question: AccessQuestion<'_, '_>,
    proxy: Proxy,
    why: &mut Reasoning,
) -> AccessDecision {
    let principal = match identity(world, question, why) {
        Ok(principal) => principal,
        Err(NoConnection) => return refused(Layer::Transport, None),
    };
    if let Some(field) = hidden_port(question.target, question.port).filter(|_| proxy == Proxy::Sidecar) {
        why.push(Reasoning::decides("the workload's proxy does not see the port, so no policy holds for it").at(field));
        return AccessDecision { principal, ..AccessDecision::new(Verdict::Allow, Layer::Nothing) };
    }
    let traffic = traffic(world, question, why);
    let mut subject = Subject { question, principal, claims: None, traffic };
    let mut decision = match (proxy, waypoint::of_workload(world, question.target)) {
        (Proxy::Ambient, Some(waypoint)) => {
            why.push(Reasoning::holds("requests pass a waypoint first").about(waypoint));
            let place = Place { enforcer: Enforcer::Waypoint(waypoint), target: question.target };
            let first = at_proxy(world, &mut subject, place, why);
            if first.verdict == Verdict::Deny {
                first
            } else {
                // Behind a waypoint the node's proxy sees the waypoint's identity, not the client's.
                let seen = format!(
                    "{}/ns/{}/sa/{}",
                    world.mesh_config().trust_domain(),
                    waypoint.namespace(),
                    waypoint.name()
                );
                let mut behind = Subject { principal: Some(seen), traffic: Traffic::Bytes, ..subject.clone() };
                let place = Place { enforcer: Enforcer::Node, target: question.target };
                let second = judge(world, &mut behind, place, why);
                if second.verdict == Verdict::Deny { second } else { first }
            }
        }
        (Proxy::Ambient, None) => {
            subject.traffic = Traffic::Bytes;
            judge(world, &mut subject, Place { enforcer: Enforcer::Node, target: question.target }, why)
        }
        (Proxy::Sidecar | Proxy::Linkerd | Proxy::None, _) => {
            at_proxy(world, &mut subject, Place { enforcer: Enforcer::Sidecar, target: question.target }, why)
        }
    };
    let target = question.target;
    extension::mention(world, target.namespace(), |name| target.label(name), why);
    decision.principal = subject.principal;
    decision
}

/// The token and then the policies, at a proxy that reads requests.
fn at_proxy(world: &World, subject: &mut Subject<'_, '_>, place: Place<'_>, why: &mut Reasoning) -> AccessDecision {
    if subject.traffic == Traffic::Requests {
        match token::accepted(world, subject.question, place, why) {
            Ok(claims) => subject.claims = claims,
            Err(status) => return refused(Layer::Token, Some(status)),
        }
    }
    judge(world, subject, place, why)
}

/// Client and server do not understand each other.
#[derive(Debug, Clone, Copy)]
struct NoConnection;

/// What the connection proves of the client.
fn identity(
    world: &World,
    question: AccessQuestion<'_, '_>,
    why: &mut Reasoning,
) -> Result<Option<String>, NoConnection> {
    match (&question.peer.identity, question.peer.workload) {
        (Identity::Proven(principal), _) => {
            why.push(Reasoning::noted(format!("the connection proves `{principal}`")));
            Ok(Some(principal.clone()))
        }
        (Identity::Negotiated, Some(client)) => {
            let decision = world.transport(client, question.target, question.port);
            let conflict = decision.outcome == TransportOutcome::Conflict;
            why.push(decision.reasoning);
            if conflict { Err(NoConnection) } else { Ok(decision.client_identity) }
        }
        (Identity::Negotiated, None) | (Identity::None, _) => {
            let mut step = Reasoning::noted("the connection is in clear text and proves nothing");
            let mode = mode_of(world, question.target, question.port, &mut step);
            why.push(step);
            if mode == MutualTls::Strict && hidden_port(question.target, question.port).is_none() {
                Err(NoConnection)
            } else {
                Ok(None)
            }
        }
    }
}

/// Whether requests are told apart: HTTP on a port that no service declares to be anything else.
fn traffic(world: &World, question: AccessQuestion<'_, '_>, why: &mut Reasoning) -> Traffic {
    if question.request.scheme != Scheme::Http {
        return Traffic::Bytes;
    }
    for service in world.services_of(question.target) {
        let mut ports = service.ports();
        let Some(port) = ports.find(|port| port.number_at(question.target) == Some(question.port)) else { continue };
        if !port.protocol.may_be_http() {
            let step =
                format!("`{}` declares the port as {}, so requests are not told apart", service.host(), port.protocol);
            why.push(Reasoning::noted(step).at(port.field));
            return Traffic::Bytes;
        }
    }
    Traffic::Requests
}
