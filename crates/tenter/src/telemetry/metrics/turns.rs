//! Who waits for a place and who works, for how long.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use engine::{Key, Named, TurnPart};

use super::families::{Families, Labels};

/// The turns that are going on.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<(&'static str, Key), Turn>>);

#[derive(Debug, Clone, Copy)]
struct Turn {
    works: bool,
    since: Instant,
}

impl Turns {
    pub(super) fn comes_to(&self, object: Named<'_>, part: TurnPart, now: Instant, families: &Families) {
        let labels = labels(object.kind);
        let key = (object.kind, object.key.clone());
        let mut turns = self.lock();
        match part {
            TurnPart::Waits => {
                turns.insert(key, Turn { works: false, since: now });
                families.adds.get_or_create(&labels).inc();
                families.depth.get_or_create(&labels).inc();
            }
            TurnPart::Works => {
                let Some(turn) = turns.get_mut(&key) else { return };
                families.queued.get_or_create(&labels).observe((now - turn.since).as_secs_f64());
                *turn = Turn { works: true, since: now };
                families.depth.get_or_create(&labels).dec();
                families.active.get_or_create(&controller(object.kind)).inc();
            }
            TurnPart::Done => match turns.remove(&key) {
                Some(turn) if turn.works => {
                    families.worked.get_or_create(&labels).observe((now - turn.since).as_secs_f64());
                    families.active.get_or_create(&controller(object.kind)).dec();
                }
                Some(_) => {
                    families.depth.get_or_create(&labels).dec();
                }
                None => {}
            },
        }
    }

    /// Measures what is going on.
    pub(super) fn measure(&self, now: Instant, families: &Families) {
        families.longest.clear();
        families.unfinished.clear();
        for ((kind, _), turn) in self.lock().iter().filter(|(_, turn)| turn.works) {
            let (labels, seconds) = (labels(kind), (now - turn.since).as_secs_f64());
            let longest = families.longest.get_or_create(&labels);
            longest.set(longest.get().max(seconds));
            families.unfinished.get_or_create(&labels).inc_by(seconds);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(&'static str, Key), Turn>> {
        // Every change is one operation on the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The label of a kind's controller, in controller-runtime's spelling.
pub(super) fn controller(kind: &str) -> Labels {
    vec![("controller", kind.to_ascii_lowercase())]
}

fn labels(kind: &str) -> Labels {
    vec![("name", kind.to_ascii_lowercase())]
}
