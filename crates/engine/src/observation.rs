//! What an engine tells of its work, as it happens: values, for whoever counts or traces them. Nothing of the engine
//! depends on who listens.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use analysis::Finding;
use jiff::Timestamp;
use manifest::Value;
use source::without_user;

use crate::Key;
use crate::artifacts::SourceKey;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::timeline::StageRun;

/// Whoever wants to know what an engine does.
pub trait Observer: Send + Sync {
    /// Takes note. It is called in the middle of the work, so it neither waits nor fails.
    fn observe(&self, observation: &Observation<'_>);
}

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'a> {
    /// A Flux object is new or changed.
    Seen {
        /// Which one.
        object: Named<'a>,
        /// All of it.
        state: &'a Value,
    },
    /// A Flux object is gone.
    Gone {
        /// Which one.
        object: Named<'a>,
    },
    /// The task of an object came to another part of its turn.
    Turn {
        /// Whose.
        object: Named<'a>,
        /// Which part.
        part: TurnPart,
    },
    /// A run ended.
    Ran(&'a Ran<'a>),
    /// An object that somebody else changed was put back.
    Corrected {
        /// Who declares it.
        owner: Named<'a>,
    },
    /// Rules found something in what was rendered anew.
    Found {
        /// Who declares it.
        object: Named<'a>,
        /// What.
        findings: &'a [Finding],
        /// What became of it.
        verdict: Verdict,
    },
    /// The engine has ended: what was told of its objects holds no more.
    Ended,
}

/// What becomes of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are told of.
    Reported,
    /// What they were found in is not applied.
    Refused,
}

/// A Flux object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named<'a> {
    /// Such as `Kustomization`.
    pub kind: &'static str,
    /// Namespace and name.
    pub key: &'a Key,
}

/// The parts of a task's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnPart {
    /// It waits for a place among those at work.
    Waits,
    /// It works.
    Works,
    /// It is done for now, or was stopped.
    Done,
}

/// One run of one object, from its start to its report.
#[derive(Debug, Clone)]
pub struct Ran<'a> {
    /// Of which object.
    pub object: Named<'a>,
    /// When it began.
    pub began: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Outcome<'a>,
    /// What it is about; none if it did not come so far as to know.
    pub subject: Option<Subject>,
    /// The revision that the object had come to before.
    pub before: Option<&'a str>,
    /// What it did, in order.
    pub stages: &'a [StageRun],
    /// What was decided about objects and carried out, and how often.
    pub decisions: &'a BTreeMap<Decision, u64>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// All is as declared.
    Succeeded,
    /// It will go on once something else is there.
    Waits {
        /// One CamelCase word.
        reason: &'a str,
    },
    /// It failed.
    Failed {
        /// One CamelCase word.
        reason: &'a str,
        /// Why.
        message: &'a str,
    },
}

/// A revision of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The kind of the source, such as `GitRepository`.
    pub kind: String,
    /// Its namespace and name.
    pub key: Key,
    /// Where it is, without credentials; empty if that is not known.
    pub address: String,
    /// The revision.
    pub revision: String,
    /// When it was committed, if it is a commit.
    pub committed: Option<Timestamp>,
}

impl Subject {
    /// A revision of a source.
    pub(crate) fn of(engine: &Engine, source: &SourceKey, revision: &str, committed: Option<Timestamp>) -> Subject {
        Subject {
            kind: source.kind.clone(),
            key: source.key.clone(),
            address: address(engine, source).unwrap_or_default(),
            revision: revision.to_owned(),
            committed,
        }
    }
}

/// Where a source is: its URL, a bucket in its endpoint, or a chart in where that is from.
fn address(engine: &Engine, source: &SourceKey) -> Option<String> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == source.kind)?;
    let object = engine.directory.get(kind, &source.key)?;
    let text = |field: &str| object["spec"][field].as_str().unwrap_or_default().to_owned();
    match kind {
        Kind::GitRepository | Kind::HelmRepository | Kind::OciRepository => Some(without_user(&text("url"))),
        Kind::Bucket => Some(format!("{}/{}", text("endpoint"), text("bucketName"))),
        Kind::HelmChart => {
            let reference = &object["spec"]["sourceRef"];
            let name = reference["name"].as_str()?;
            let from = SourceKey {
                kind: reference["kind"].as_str()?.to_owned(),
                key: Key::new(source.key.namespace.clone(), name),
            };
            // A chart is not made from a chart, so this ends.
            let from = if from.kind == kind.name() { None } else { address(engine, &from) };
            Some(format!("{}/{}", from?.trim_end_matches('/'), text("chart")))
        }
        Kind::Kustomization | Kind::HelmRelease => None,
    }
}

/// What becomes of an object, and why, each in a word or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decision {
    /// Such as `create` or `skip`.
    pub action: &'static str,
    /// Such as `new` or `unchanged`.
    pub reason: &'static str,
}

/// All who listen to an engine.
#[derive(Clone, Default)]
pub struct Observers(Arc<[Arc<dyn Observer>]>);

impl Observers {
    /// These.
    pub fn new(observers: impl IntoIterator<Item = Arc<dyn Observer>>) -> Observers {
        Observers(observers.into_iter().collect())
    }

    /// Whether nobody listens, so that nothing has to be looked up for it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn tell(&self, observation: Observation<'_>) {
        self.0.iter().for_each(|observer| observer.observe(&observation));
    }

    /// Tells that a task waits for its turn, and, when that is dropped, that it is over.
    pub(crate) fn turn<'a>(&'a self, object: Named<'a>) -> Turn<'a> {
        self.tell(Observation::Turn { object, part: TurnPart::Waits });
        Turn { observers: self, object }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}

/// The turn of a task.
pub(crate) struct Turn<'a> {
    observers: &'a Observers,
    object: Named<'a>,
}

impl Turn<'_> {
    /// It has its place.
    pub(crate) fn begins(&self) {
        self.observers.tell(Observation::Turn { object: self.object, part: TurnPart::Works });
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.observers.tell(Observation::Turn { object: self.object, part: TurnPart::Done });
    }
}

/// Tells of the end of an engine when it is dropped.
pub(crate) struct Ending(pub(crate) Observers);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.tell(Observation::Ended);
    }
}
