//! Notes which parts of a world somebody looks at.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A part of a world that can be looked at, and be another one in the next world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// Every object.
    Everything,
    /// Which namespaces are known.
    Coverage,
    /// The mesh configuration.
    MeshConfig,
    /// Every object of a kind.
    Kind(Arc<str>),
    /// The objects of a kind in a namespace.
    Namespace(Arc<str>, Arc<str>),
    /// The object of a kind without namespaces that has a name.
    Object(Arc<str>, Arc<str>),
    /// Every workload, by whatever it is declared.
    Workloads,
    /// The workloads of a namespace.
    WorkloadsOf(Arc<str>),
    /// The workloads with a label.
    WorkloadsWith(Arc<str>),
    /// Every service, by whatever it is declared.
    Services,
    /// The services with exactly this host.
    ServicesFor(Arc<str>),
    /// The services whose host is a wildcard.
    Wildcards,
    /// The DestinationRules for exactly this host.
    DestinationRulesFor(Arc<str>),
}

/// What a world keeps of one of its parts to notice who looks at it and to compare it. A copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    mark: Mark,
    digest: OnceLock<u64>,
}

/// The last turn in which something was looked at. A copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU64);

impl Watched {
    /// What tells this part from that of another world, computed once.
    pub(crate) fn digest(&self, of: impl FnOnce(&mut DefaultHasher)) -> u64 {
        *self.digest.get_or_init(|| digest(of))
    }

    /// Who looked at it last.
    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }
}

impl Clone for Watched {
    fn clone(&self) -> Watched {
        Watched::default()
    }
}

impl Clone for Mark {
    fn clone(&self) -> Mark {
        Mark::default()
    }
}

/// What `of` feeds to a hash.
pub(crate) fn digest(of: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of(&mut hasher);
    hasher.finish()
}

/// The parts of which there is one in every world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Singles {
    pub(crate) everything: Watched,
    pub(crate) coverage: Watched,
    pub(crate) mesh_config: Watched,
    pub(crate) workloads: Watched,
    pub(crate) services: Watched,
    pub(crate) wildcards: Watched,
}

/// Notes what is looked at, while somebody wants to know. A copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    singles: Singles,
    watching: Mutex<()>,
    /// How often watching began or ended: odd while somebody is watched.
    turn: AtomicU64,
    noted: Mutex<HashSet<Part>>,
}

impl Clone for Recorder {
    fn clone(&self) -> Recorder {
        Recorder::default()
    }
}

impl Recorder {
    /// The parts of which there is one.
    pub(crate) fn singles(&self) -> &Singles {
        &self.singles
    }

    /// Notes a part that has a mark: most are noted already, and looking at the mark is cheaper than noting again.
    pub(crate) fn note(&self, mark: &Mark, part: impl FnOnce() -> Part) {
        let turn = self.turn.load(Ordering::Relaxed);
        if turn.is_multiple_of(2) || mark.0.load(Ordering::Relaxed) == turn {
            return;
        }
        // The mark is set while the notes are locked, so whoever sees it set in this turn finds the part noted.
        let mut noted = self.noted();
        noted.insert(part());
        mark.0.store(turn, Ordering::Relaxed);
    }

    /// Notes a part of which the world has nothing, and so no mark.
    pub(crate) fn note_absent(&self, part: impl FnOnce() -> Part) {
        if !self.turn.load(Ordering::Relaxed).is_multiple_of(2) {
            self.noted().insert(part());
        }
    }

    /// Does some work, and says what it looked at. Whoever looks at the same time is counted in.
    pub(crate) fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, HashSet<Part>) {
        let watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        self.next_turn(Phase::Begins);
        let result = work();
        let parts = self.next_turn(Phase::Ends);
        drop(watching);
        (result, parts)
    }

    fn next_turn(&self, phase: Phase) -> HashSet<Part> {
        let mut noted = self.noted();
        let turn = self.turn.load(Ordering::Relaxed);
        // Work that panicked has left an odd number behind.
        let is_odd = !turn.is_multiple_of(2);
        let step = match phase {
            Phase::Begins => 1 + u64::from(is_odd),
            Phase::Ends => 1,
        };
        self.turn.store(turn + step, Ordering::Relaxed);
        std::mem::take(&mut *noted)
    }

    fn noted(&self) -> MutexGuard<'_, HashSet<Part>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A side of the work that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Begins,
    Ends,
}
