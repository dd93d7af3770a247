//! Whether a request is let in.

use core::net::IpAddr;

use manifest::ObjectId;
use serde::Serialize;

use crate::reasoning::Reasoning;
use crate::request::Request;
use crate::route::MatchedRule;
use crate::workload::Workload;

/// What is asked: whether a request comes in.
#[derive(Debug, Clone, Copy)]
pub struct AccessQuestion<'q, 'w> {
    /// Who sends it.
    pub peer: &'q Peer<'w>,
    /// The workload that it comes to.
    pub target: Workload<'w>,
    /// The workload's own port that it comes to.
    pub port: u16,
    /// The request.
    pub request: &'q Request,
    /// What an external authorizer would answer.
    pub external: ExternalAnswer,
}

/// Who sends a request.
#[derive(Debug, Clone, Default)]
pub struct Peer<'w> {
    /// The workload, if it is one of this world.
    pub workload: Option<Workload<'w>>,
    /// The address that the connection comes from, if it is known.
    pub ip: Option<IpAddr>,
    /// The address of the first client as forwarded headers tell it; without it that of the connection.
    pub remote_ip: Option<IpAddr>,
    /// What the connection proves.
    pub identity: Identity,
}

/// What a connection proves of who opened it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Identity {
    /// What client and server agree on ([`crate::World::transport`]); nothing for somebody who is no workload.
    #[default]
    Negotiated,
    /// This identity, by mutual TLS.
    Proven(String),
    /// Nothing: it is in clear text.
    None,
}

/// What an external authorizer answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExternalAnswer {
    /// It lets requests pass.
    #[default]
    Allows,
    /// It does not.
    Denies,
}

/// Whether a request is let in, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessDecision {
    /// Whether it is.
    pub verdict: Verdict,
    /// What decided.
    pub by: Layer,
    /// The status that the client gets if it is refused by something that speaks HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The rule that decided, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<MatchedRule>,
    /// The identity of the client that policies saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The external authorizers that are asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// The policies that write the request down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audited_by: Vec<ObjectId>,
    /// What dry-run policies would have made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<Verdict>,
    /// How it came to that.
    pub reasoning: Reasoning,
}

/// Whether a request is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It is.
    Allow,
    /// It is not.
    Deny,
}

/// What decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Layer {
    /// A network policy.
    Network,
    /// The encryption of the connection.
    Transport,
    /// The token of the request.
    Token,
    /// An authorization policy.
    Authorization,
    /// Nothing: there is no policy for it.
    Nothing,
}

impl AccessDecision {
    /// A decision whose reasoning is still being written: [`crate::World::access`] adds it.
    pub(super) fn new(verdict: Verdict, by: Layer) -> AccessDecision {
        AccessDecision {
            verdict,
            by,
            status: None,
            matched: None,
            principal: None,
            asked: Vec::new(),
            audited_by: Vec::new(),
            dry_run: None,
            reasoning: Reasoning::decides(String::new()),
        }
    }
}

/// What one policy or rule says, on the way to a decision.
pub(super) fn rule(object: crate::Resource<'_>, rule: impl Into<String>) -> MatchedRule {
    MatchedRule { object: object.id().clone(), rule: rule.into() }
}
