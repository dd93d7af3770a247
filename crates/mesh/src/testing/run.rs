//! Running tests.

use std::sync::Arc;

use manifest::{Location, Manifest, Value};

use super::compare::differences;
use super::coverage::Coverage;
use super::parse::{AccessQuestion, Question, Sender, Suite, TestCase, TransportQuestion};
use crate::access::{self, Identity, Peer};
use crate::reasoning::Reasoning;
use crate::request::Client;
use crate::route::MatchedRule;
use crate::workload::Workload;
use crate::{Resource, World, WorldOptions, kind};

/// What became of one test.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub location: Option<Location>,
    /// The document, or the reason, that it follows from.
    pub because: String,
    /// What the answer says otherwise than expected, or why there is none; empty if the test holds.
    pub problems: Vec<String>,
    /// The answer, if the question could be asked.
    pub answer: Option<Answer>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The decision as JSON, without its reasoning.
    pub decision: Value,
    /// The rules that decided.
    pub matched: Vec<MatchedRule>,
    /// How it came to that.
    pub reasoning: Reasoning,
}

impl CaseResult {
    /// Whether the answer says what is expected.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The sender of a route is none, or several.
    #[error("`from` names exactly one of a workload, a `namespace` and a `gateway`")]
    Sender,
    /// The peer of an access is something that has no address and no identity.
    #[error("`from` of an access is a workload, an `ip` or a `principal`")]
    Peer,
    /// A connection is both in clear text and proven.
    #[error("a connection in clear text proves no `principal`")]
    ProvenInClearText,
    /// Something that should be an address is none.
    #[error("`{text}` is no address")]
    Address {
        /// What is written.
        text: String,
    },
    /// The world does not hold a workload.
    #[error("there is no workload `{name}`")]
    Workload {
        /// Its namespace and name.
        name: String,
    },
    /// The world does not hold a Gateway of Istio's or of the Gateway API.
    #[error("there is no Gateway `{name}`")]
    Gateway {
        /// Its namespace and name.
        name: String,
    },
    /// The decision cannot be compared.
    #[error("the decision has no JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
}

/// Runs a suite over the objects of its world and those of its own file, and says which rules were exercised.
pub fn run(suite: &Suite, world: &[Arc<Manifest>], options: &WorldOptions) -> (Vec<CaseResult>, Coverage) {
    let objects: Vec<Arc<Manifest>> = world.iter().chain(&suite.objects).cloned().collect();
    let of = |objects: &[Arc<Manifest>]| World::new(objects.iter().cloned(), options.clone());
    let shared = of(&objects);
    let mut coverage = Coverage::of(&shared);
    let mut results = Vec::new();
    for case in &suite.cases {
        let own = (!case.with.is_empty()).then(|| of(&[&objects[..], &case.with[..]].concat()));
        let world = own.as_ref().unwrap_or(&shared);
        let (problems, answer) = match ask(world, &case.question) {
            Ok(answer) => {
                answer.matched.iter().for_each(|matched| coverage.exercise(matched));
                let expected = spelled_out(case);
                (differences(&expected, &answer.decision, &options.cluster_domain), Some(answer))
            }
            Err(problem) => (vec![problem.to_string()], None),
        };
        let TestCase { name, location, because, .. } = case.clone();
        results.push(CaseResult { name, location, because, problems, answer });
    }
    (results, coverage)
}

/// What is expected, where a word alone stands for the decision itself.
fn spelled_out(case: &TestCase) -> Value {
    match (&case.expect, &case.question) {
        (Value::String(word), Question::Route(_)) => serde_json::json!({ "action": word }),
        (Value::String(word), Question::Access(_)) => serde_json::json!({ "verdict": word }),
        (Value::String(word), Question::Transport(_)) => serde_json::json!({ "outcome": word }),
        (expected, _) => expected.clone(),
    }
}

/// Answers a question.
///
/// # Errors
///
/// If it asks about what the world does not hold, or contradicts itself.
pub fn ask(world: &World, question: &Question) -> Result<Answer, QuestionError> {
    match question {
        Question::Route(question) => {
            let client = client(world, &question.from)?;
            let decision = world.route(client, &question.request);
            let matched = decision.matched.iter().cloned().collect();
            let reasoning = decision.reasoning.clone();
            Ok(Answer { decision: as_json(&decision)?, matched, reasoning })
        }
        Question::Access(question) => ask_access(world, question),
        Question::Transport(question) => ask_transport(world, question),
    }
}

/// A decision as JSON, without the reasoning.
fn as_json(decision: &impl serde::Serialize) -> Result<Value, QuestionError> {
    let mut value = serde_json::to_value(decision)?;
    if let Value::Object(members) = &mut value {
        members.remove("reasoning");
    }
    Ok(value)
}

fn client<'w>(world: &'w World, from: &'w Sender) -> Result<Client<'w>, QuestionError> {
    match (&from.workload, &from.namespace, &from.gateway) {
        (Some(name), None, None) => Ok(Client::Workload(workload(world, name)?)),
        (None, Some(namespace), None) => Ok(Client::Namespace(namespace)),
        (None, None, Some(name)) => Ok(Client::Gateway(gateway(world, name)?)),
        _ => Err(QuestionError::Sender),
    }
}

/// The workload `namespace/name`, whatever declares it.
fn workload<'w>(world: &'w World, name: &str) -> Result<Workload<'w>, QuestionError> {
    let found = name
        .split_once('/')
        .and_then(|(namespace, name)| world.workloads_in(namespace).find(|workload| workload.name() == name));
    found.ok_or_else(|| QuestionError::Workload { name: name.to_owned() })
}

fn gateway<'w>(world: &'w World, name: &str) -> Result<Resource<'w>, QuestionError> {
    let found = name.split_once('/').and_then(|(namespace, name)| {
        let mut kinds = [kind::ISTIO_GATEWAY, kind::GATEWAY].into_iter();
        kinds.find_map(|kind| world.find(kind, namespace, name))
    });
    found.ok_or_else(|| QuestionError::Gateway { name: name.to_owned() })
}

fn ask_access(world: &World, question: &AccessQuestion) -> Result<Answer, QuestionError> {
    let from = &question.from;
    let address = |text: &Option<String>| match text {
        Some(text) => text.parse().map(Some).map_err(|_| QuestionError::Address { text: text.clone() }),
        None => Ok(None),
    };
    let identity = match (&from.principal, from.plaintext) {
        (Some(principal), false) => Identity::Proven(principal.clone()),
        (None, true) => Identity::None,
        (None, false) => Identity::Negotiated,
        (Some(_), true) => return Err(QuestionError::ProvenInClearText),
    };
    if from.gateway.is_some() || from.namespace.is_some() {
        return Err(QuestionError::Peer);
    }
    let peer = Peer {
        workload: from.workload.as_deref().map(|name| workload(world, name)).transpose()?,
        ip: address(&from.ip)?,
        remote_ip: address(&question.remote_ip)?,
        identity,
    };
    let decision = world.access(access::AccessQuestion {
        peer: &peer,
        target: workload(world, &question.to)?,
        port: question.port,
        request: &question.request,
        external: question.external,
    });
    let matched = decision.matched.iter().cloned().collect();
    let reasoning = decision.reasoning.clone();
    Ok(Answer { decision: as_json(&decision)?, matched, reasoning })
}

fn ask_transport(world: &World, question: &TransportQuestion) -> Result<Answer, QuestionError> {
    let (client, server) = (workload(world, &question.from)?, workload(world, &question.to)?);
    let decision = world.transport(client, server, question.port);
    let exercised = decision.reasoning.effective_objects().into_iter();
    let matched = exercised.map(|object| MatchedRule { object: object.clone(), rule: String::new() }).collect();
    let reasoning = decision.reasoning.clone();
    Ok(Answer { decision: as_json(&decision)?, matched, reasoning })
}
