//! Whether a request is let in: by network policies first, then by the mesh of the workload that it comes to.

mod cilium;
mod decision;
mod istio;
mod linkerd;
mod network_policy;

pub use decision::{AccessDecision, AccessQuestion, ExternalAnswer, Identity, Layer, Peer, Verdict};

use crate::membership::Proxy;
use crate::reasoning::Reasoning;
use crate::route::MatchedRule;
use crate::{World, path};

/// What a layer below the mesh says.
#[derive(Debug, Clone)]
enum Passage {
    /// It has no objection.
    Open,
    /// It lets nothing through.
    Closed(Option<MatchedRule>),
    /// Its proxy answers with a status.
    Refused(u16, Option<MatchedRule>),
}

/// The port at which members of Istio's ambient mesh reach one another.
const TUNNEL_PORT: u16 = 15008;

/// The port that network policies see: that of the tunnel between two members of the ambient mesh, or the one that is meant.
fn port_on_wire(world: &World, question: AccessQuestion<'_, '_>, why: &mut Reasoning) -> u16 {
    let ambient = |workload| world.proxy_of(workload).0 == Proxy::Ambient;
    if question.peer.workload.is_some_and(ambient) && ambient(question.target) {
        let step = format!("both are members of the ambient mesh, so network policies see its port {TUNNEL_PORT}");
        why.push(Reasoning::noted(step));
        return TUNNEL_PORT;
    }
    question.port
}

impl World {
    /// Whether a request is let in, and why.
    pub fn access(&self, question: AccessQuestion<'_, '_>) -> AccessDecision {
        let mut why = Reasoning::decides(String::new());
        let layers = [network_policy::passage, cilium::passage];
        let on_wire = AccessQuestion { port: port_on_wire(self, question, &mut why), ..question };
        for layer in layers {
            let (status, matched) = match layer(self, on_wire, &mut why) {
                Passage::Open => continue,
                Passage::Closed(matched) => (None, matched),
                Passage::Refused(status, matched) => (Some(status), matched),
            };
            why.step = "denied by a network policy".to_owned();
            return AccessDecision {
                status,
                matched,
                reasoning: why,
                ..AccessDecision::new(Verdict::Deny, Layer::Network)
            };
        }
        let (proxy, reason) = self.proxy_of(question.target);
        why.push(Reasoning::noted("the proxy of the workload").because([reason]));
        let mut decision = match proxy {
            Proxy::Sidecar | Proxy::Ambient => {
                let request = path::normalized(self, question.request);
                istio::decide(self, AccessQuestion { request: &request, ..question }, proxy, &mut why)
            }
            Proxy::Linkerd => linkerd::decide(self, question, &mut why),
            Proxy::None => {
                why.push(Reasoning::decides("the workload has no proxy, so no policy of a mesh holds for it"));
                AccessDecision::new(Verdict::Allow, Layer::Nothing)
            }
        };
        why.step = match (decision.verdict, decision.by) {
            (Verdict::Allow, Layer::Nothing) => "allowed, because nothing says otherwise".to_owned(),
            (Verdict::Allow, _) => "allowed".to_owned(),
            (Verdict::Deny, Layer::Transport) => "denied: the connection is not encrypted as it must be".to_owned(),
            (Verdict::Deny, Layer::Token) => "denied: the token is not accepted".to_owned(),
            (Verdict::Deny, _) => "denied".to_owned(),
        };
        if let Some(matched) = &decision.matched {
            let object = &matched.object;
            why.step = format!("{} by {} {}/{}", why.step, object.kind, object.namespace, object.name);
        }
        decision.reasoning = why;
        decision
    }
}
