//! What becomes of a request.

use manifest::{ObjectId, Value};
use serde::Serialize;

use crate::reasoning::Reasoning;
use crate::request::Request;

/// Where a request goes, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteDecision {
    /// What is done with it.
    #[serde(flatten)]
    pub action: RouteAction,
    /// The rule that matched; `None` if no object has one for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<MatchedRule>,
    /// How it came to that.
    pub reasoning: Reasoning,
}

/// A rule of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchedRule {
    /// The object.
    pub object: ObjectId,
    /// The name of the rule, or its place in its object such as `http[0]`.
    pub rule: String,
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum RouteAction {
    /// It goes on to one of some destinations.
    Forward(Box<Forward>),
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// The proxy answers itself, as declared.
    Respond(Response),
    /// The proxy answers with an error, because nothing else can be done.
    Refuse(Response),
    /// It goes on to whatever address the client meant, unchanged.
    Passthrough,
}

impl RouteAction {
    /// One sentence for what is done with a request.
    pub(super) fn sentence(&self, request: &Request) -> String {
        let host = &request.host;
        match self {
            RouteAction::Forward(forward) => {
                let total = forward.total_weight().max(1);
                let destinations = forward.destinations.iter().map(|destination| {
                    let subset = destination.subset.as_ref().map(|name| format!(" subset {name}")).unwrap_or_default();
                    let port = destination.port.map(|port| format!(":{port}")).unwrap_or_default();
                    let percent = u64::from(destination.weight) * 100 / total;
                    let failing =
                        destination.fails_with.map(|status| format!(", which gives {status}")).unwrap_or_default();
                    format!("{}{port}{subset} ({percent} %{failing})", destination.host)
                });
                format!("{host} goes to {}", destinations.collect::<Vec<_>>().join(", "))
            }
            RouteAction::Redirect(redirect) => {
                format!("the client is sent to {} ({})", redirect.location, redirect.status)
            }
            RouteAction::Respond(response) => format!("the proxy answers {} itself", response.status),
            RouteAction::Refuse(response) => format!("the proxy refuses with {}", response.status),
            RouteAction::Passthrough => format!("{host} is reached as if there were no mesh"),
        }
    }
}

/// An answer of the proxy itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body that is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Where a client is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// The status, such as 301.
    pub status: u16,
    /// The address.
    pub location: String,
}

/// A request that goes on. Settings are values as they were declared, whole and unread; those of Istio by the names of
/// `HTTPRoute`, those of Gateway API by the names of `HTTPRouteRule`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forward {
    /// One of these, by weight.
    pub destinations: Vec<Destination>,
    /// How long the whole may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Value>,
    /// How often and when it is tried again; without it the proxy's own default holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Value>,
    /// Delays and errors that are put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Value>,
    /// Who gets a copy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<Mirror>,
    /// The path that the destination sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The host that the destination sees, if it is another than that of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// What is done to headers.
    #[serde(skip_serializing_if = "HeaderChanges::is_empty")]
    pub headers: HeaderChanges,
    /// Who else may call it from a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Value>,
}

impl Forward {
    /// The sum of the weights.
    pub fn total_weight(&self) -> u64 {
        self.destinations.iter().map(|destination| u64::from(destination.weight)).sum()
    }
}

/// What is done to the headers of requests and responses, in the order of the lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderChanges {
    /// On the way to the destination.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request: Vec<HeaderChange>,
    /// On the way back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response: Vec<HeaderChange>,
}

impl HeaderChanges {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.request.is_empty() && self.response.is_empty()
    }

    /// Adds the changes of another place after these.
    pub fn extend(&mut self, other: HeaderChanges) {
        self.request.extend(other.request);
        self.response.extend(other.response);
    }
}

/// One change of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HeaderChange {
    /// The header has this value and no other.
    Set(String, String),
    /// The header has this value too.
    Add(String, String),
    /// The header is not there.
    Remove(String),
}

/// Somebody that a request may go to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The full name of the service.
    pub host: String,
    /// Its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The subset of a DestinationRule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// Its part of the sum of all weights.
    pub weight: u32,
    /// The workloads behind it, as `namespace/name`.
    pub workloads: Vec<String>,
    /// The status that clients get of this destination instead of an answer, because it cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails_with: Option<u16>,
    /// What is done to headers for this destination only.
    #[serde(skip_serializing_if = "HeaderChanges::is_empty")]
    pub headers: HeaderChanges,
    /// How one of several addresses is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<Value>,
    /// How many connections and requests there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_pool: Option<Value>,
    /// When an address is avoided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<Value>,
    /// How the client encrypts, if it is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Value>,
}

/// Somebody that gets a copy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mirror {
    /// Who.
    pub destination: Destination,
    /// Of how many requests in a hundred.
    pub percent: f64,
}
