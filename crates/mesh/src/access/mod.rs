//! Whether a request is let in: by network policies first, then by the mesh of the workload that it comes to.

mod cilium;
mod decision;
mod istio;
mod linkerd;
mod network_policy;

pub use decision::{AccessDecision, AccessQuestion, ExternalAnswer, Identity, Layer, Peer, Verdict};

use crate::World;
use crate::membership::Proxy;
use crate::reasoning::Reasoning;
use crate::route::MatchedRule;

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

impl World {
    /// Whether a request is let in, and why.
    pub fn access(&self, question: AccessQuestion<'_, '_>) -> AccessDecision {
        let mut why = Reasoning::decides(String::new());
        let layers = [network_policy::passage, cilium::passage];
        for layer in layers {
            let (status, matched) = match layer(self, question, &mut why) {
                Passage::Open => continue,
                Passage::Closed(matched) => (None, matched),
                Passage::Refused(status, matched) => (Some(status), matched),
            };
            why.step = "denied by a network policy".to_owned();
            return AccessDecision { status, matched, ..AccessDecision::new(Verdict::Deny, Layer::Network, why) };
        }
        let (proxy, reason) = self.proxy_of(question.target);
        why.push(Reasoning::noted("the proxy of the workload").because([reason]));
        let mut decision = match proxy {
            Proxy::Sidecar | Proxy::Ambient => istio::decide(self, question, proxy, &mut why),
            Proxy::Linkerd => linkerd::decide(self, question, &mut why),
            Proxy::None => {
                why.push(Reasoning::decides("the workload has no proxy, so no policy of a mesh holds for it"));
                AccessDecision::new(Verdict::Allow, Layer::Nothing, Reasoning::decides(String::new()))
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
