//! The prune stage: deletes what was applied before and is no longer declared.

use cluster::{ClusterError, ObjectRef, Propagation};
use plan::decide::{Prune, PruneAction};
use plan::diff::{Change, ChangeKind, ChangeSet};
use plan::inventory::Entry;

use super::halt::{Cause, Refusal};
use crate::pipeline::Run;

/// What pruning did, and what must stay in the inventory for another try.
#[derive(Debug, Default)]
pub(crate) struct Pruned {
    pub(crate) changes: ChangeSet,
    pub(crate) kept: Vec<Entry>,
    pub(crate) refusals: Vec<Refusal>,
}

/// Deletes in the order of the plan. A failure does not hold up the rest.
pub(crate) async fn prune(run: &Run<'_>, steps: &[Prune]) -> Pruned {
    let mut pruned = Pruned::default();
    for step in steps {
        let entry = Entry { id: step.id.clone(), version: step.version.clone() };
        match step.action {
            PruneAction::Forget => {}
            PruneAction::Retry => pruned.kept.push(entry),
            PruneAction::Delete => match delete(run, &entry).await {
                Ok(()) => pruned.changes.changes.push(Change {
                    id: entry.id,
                    version: entry.version,
                    kind: ChangeKind::Deleted,
                }),
                Err(error) => {
                    let cause = Cause::Delete(error);
                    pruned.refusals.push(Refusal { object: entry.id.clone(), place: String::new(), cause });
                    pruned.kept.push(entry);
                }
            },
        }
    }
    pruned
}

async fn delete(run: &Run<'_>, entry: &Entry) -> Result<(), ClusterError> {
    let object = ObjectRef::new(entry.gvk(), entry.id.namespace.clone(), entry.id.name.clone());
    match run.cluster.delete(&object, Propagation::Background, None).await {
        Ok(_) => Ok(()),
        // With its type, the object is gone too.
        Err(ClusterError::NoSuchKind { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
