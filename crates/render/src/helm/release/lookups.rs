//! Live objects that templates ask for with `lookup`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::template::Lookup;

/// The arguments of a `lookup`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    /// `v1` or `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for all of them, or for objects that are in none.
    pub namespace: String,
    /// The name; empty for a list of all of them.
    pub name: String,
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Query { api_version, kind, namespace, name } = self;
        let name = if name.is_empty() { "*" } else { name };
        write!(f, "{api_version} {kind} ")?;
        if namespace.is_empty() { f.write_str(name) } else { write!(f, "{namespace}/{name}") }
    }
}

/// What the cluster answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The object, or a list object with `items`.
    Found(Arc<Json>),
    /// There is no such object.
    Absent,
    /// It cannot be told, and rendering cannot go on: the kind does not exist, or reading it is forbidden.
    Failed(String),
}

/// The answers known so far.
#[derive(Debug, Clone, Default)]
pub struct Lookups {
    answers: BTreeMap<Query, Answer>,
}

impl Lookups {
    /// Adds an answer.
    pub fn insert(&mut self, query: Query, answer: Answer) {
        self.answers.insert(query, answer);
    }

    /// The answer to a query, if it is known.
    pub fn get(&self, query: &Query) -> Option<&Answer> {
        self.answers.get(query)
    }
}

/// Answers what is known and writes down what is not.
pub(super) struct Recorder {
    known: Arc<Lookups>,
    asked: Rc<RefCell<BTreeSet<Query>>>,
}

impl Recorder {
    pub(super) fn new(known: Arc<Lookups>) -> Recorder {
        Recorder { known, asked: Rc::default() }
    }

    /// What was asked and not known, filled while templates are rendered.
    pub(super) fn asked(&self) -> Rc<RefCell<BTreeSet<Query>>> {
        self.asked.clone()
    }
}

impl Lookup for Recorder {
    /// What is not known counts as absent, so that as much as possible is asked at once.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Option<Json>, String> {
        let query = Query {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        match self.known.get(&query) {
            Some(Answer::Found(object)) => Ok(Some(Json::clone(object))),
            Some(Answer::Absent) => Ok(None),
            Some(Answer::Failed(reason)) => Err(reason.clone()),
            None => {
                self.asked.borrow_mut().insert(query);
                Ok(None)
            }
        }
    }
}
