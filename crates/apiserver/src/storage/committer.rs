//! Writes: what they expect, how they are checked, and how concurrent ones share a durable transaction.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::journal::Journal;
use super::record::{Change, CollectionKey, Draft, ObjectKey, Record};
use super::store::{Shared, State};

/// What a write wants to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No object.
    Absent,
    /// The object at this revision.
    Revision(u64),
}

/// What a write does.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Store this object; its `resourceVersion` is set to the new revision.
    Put(Value),
    /// Remove the object; this is its last state, which watchers are shown.
    Delete(Value),
}

/// One write of one object.
#[derive(Debug, Clone)]
pub struct Write {
    /// The resource.
    pub collection: CollectionKey,
    /// The object.
    pub key: ObjectKey,
    /// What must be there for the write to take effect.
    pub expected: Expected,
    /// What to do then.
    pub operation: Operation,
}

/// Why a write did not take effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Something else is there than the write expected.
    #[error("the object has changed since it was read")]
    Conflict {
        /// The revision that is there, if any.
        found: Option<u64>,
    },
    /// The object is larger than [`Limits::object_bytes`](crate::Limits::object_bytes).
    #[error("the object has {size} bytes, more than the {limit} that may be stored")]
    TooLarge {
        /// Bytes it would take.
        size: usize,
        /// Bytes it may take.
        limit: usize,
    },
    /// The journal cannot be written any more; the server must be restarted.
    #[error("storage failed, and takes no writes until a restart: {0}")]
    Failed(String),
}

pub(super) struct Proposal {
    pub(super) write: Write,
    pub(super) reply: oneshot::Sender<Result<Arc<Record>, CommitError>>,
}

/// Writes that passed their checks and wait to be made durable together.
#[derive(Default)]
struct Batch {
    accepted: Vec<Draft>,
    /// The revision of each object that the batch already touched; `None` where it deletes it.
    touched: HashMap<(CollectionKey, ObjectKey), Option<u64>>,
}

impl Batch {
    fn accept(&mut self, state: &State, write: Write, limit: usize) -> Result<(), CommitError> {
        let Write { collection, key, expected, operation } = write;
        let slot = (collection, key);
        let found = match self.touched.get(&slot) {
            Some(revision) => *revision,
            None => state.get(&slot.0, &slot.1).map(|record| record.revision),
        };
        let as_expected = match expected {
            Expected::Absent => found.is_none(),
            Expected::Revision(revision) => found == Some(revision),
        };
        if !as_expected {
            return Err(CommitError::Conflict { found });
        }
        let revision = state.revision + 1 + self.accepted.len() as u64;
        let (change, object) = match operation {
            Operation::Put(object) => (Change::Put, object),
            Operation::Delete(object) => (Change::Deleted, object),
        };
        let draft = Draft::of(slot.clone(), change, revision, object)
            .map_err(|error| CommitError::Failed(error.to_string()))?;
        if change == Change::Put && draft.json.len() > limit {
            return Err(CommitError::TooLarge { size: draft.json.len(), limit });
        }
        self.accepted.push(draft);
        self.touched.insert(slot, (change == Change::Put).then_some(revision));
        Ok(())
    }
}

/// Checks and applies one write in memory.
pub(super) fn commit_in_memory(shared: &Shared, write: Write) -> Result<Arc<Record>, CommitError> {
    let mut state = shared.state_mut();
    let mut batch = Batch::default();
    batch.accept(&state, write, shared.limits.object_bytes)?;
    let written = state.apply(batch.accepted, &shared.limits);
    written.into_iter().next().ok_or_else(|| CommitError::Failed("the write was lost".to_owned()))
}

/// How many writes share one transaction at most.
const BATCH: usize = 512;

/// Takes writes until the last sender is gone; all that wait at a time share one durable transaction.
pub(super) fn run(shared: &Shared, journal: &Journal, mut proposals: mpsc::Receiver<Proposal>) {
    let mut failed: Option<String> = None;
    let mut waiting = Vec::new();
    while proposals.blocking_recv_many(&mut waiting, BATCH) > 0 {
        if let Some(cause) = &failed {
            for proposal in waiting.drain(..) {
                answer(proposal.reply, Err(CommitError::Failed(cause.clone())));
            }
            continue;
        }
        let mut batch = Batch::default();
        let mut replies = Vec::with_capacity(waiting.len());
        {
            let state = shared.state();
            for Proposal { write, reply } in waiting.drain(..) {
                match batch.accept(&state, write, shared.limits.object_bytes) {
                    Ok(()) => replies.push(reply),
                    Err(error) => answer(reply, Err(error)),
                }
            }
        }
        if batch.accepted.is_empty() {
            continue;
        }
        match journal.append(&batch.accepted) {
            Ok(()) => {
                let written = shared.state_mut().apply(batch.accepted, &shared.limits);
                for (reply, record) in replies.into_iter().zip(written) {
                    answer(reply, Ok(record));
                }
            }
            Err(error) => {
                // Whether the transaction reached the disk is unknown, so its revisions may not be given out again.
                tracing::error!(%error, "the journal cannot be written; refusing writes until a restart");
                for reply in replies {
                    answer(reply, Err(CommitError::Failed(error.to_string())));
                }
                failed = Some(error.to_string());
            }
        }
    }
}

/// The client may have gone; its write stands all the same.
fn answer(reply: oneshot::Sender<Result<Arc<Record>, CommitError>>, result: Result<Arc<Record>, CommitError>) {
    drop(reply.send(result));
}
