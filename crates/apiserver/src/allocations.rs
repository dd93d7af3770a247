//! What the stored services have: an index of them that follows the store.

use std::collections::HashMap;
use std::sync::Arc;

use crate::schema::{Held, Taken};
use crate::storage::{Change, CollectionKey, ObjectKey, Record, Store};

/// The addresses and ports of the stored services. Everything in it comes from them, so that there is nothing to repair:
/// where the history no longer reaches back to what it has seen, it is read anew.
#[derive(Debug)]
pub(crate) struct Allocations {
    services: CollectionKey,
    /// Up to this revision; 0 before anything was read.
    seen: u64,
    held: HashMap<Arc<ObjectKey>, Held>,
    taken: Taken,
}

impl Allocations {
    pub(crate) fn new() -> Allocations {
        let services = CollectionKey { group: String::new(), plural: "services".to_owned() };
        Allocations { services, seen: 0, held: HashMap::new(), taken: Taken::default() }
    }

    /// Looks at what all services but `own` have right now.
    pub(crate) fn of_others<T>(&mut self, store: &Store, own: &ObjectKey, look: impl FnOnce(&Taken) -> T) -> T {
        self.follow(store);
        let Some(held) = self.held.get(own) else { return look(&self.taken) };
        self.taken.release(held);
        let found = look(&self.taken);
        self.taken.note(held);
        found
    }

    fn follow(&mut self, store: &Store) {
        match store.events_after(&self.services, self.seen, usize::MAX) {
            Ok((events, seen)) => {
                self.seen = seen;
                for event in events {
                    self.forget(&event.current.key);
                    if event.change == Change::Put {
                        self.take(&event.current);
                    }
                }
            }
            Err(_) => {
                let snapshot = store.list(&self.services, None, None);
                self.seen = snapshot.revision;
                self.held.clear();
                self.taken = Taken::default();
                snapshot.records.iter().for_each(|record| self.take(record));
            }
        }
    }

    fn take(&mut self, record: &Record) {
        let held = Held::stored(&record.json());
        self.taken.note(&held);
        self.held.insert(Arc::clone(&record.key), held);
    }

    fn forget(&mut self, key: &ObjectKey) {
        if let Some(held) = self.held.remove(key) {
            self.taken.release(&held);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Limits;
    use crate::storage::{Expected, Operation, Write};

    async fn write(store: &Store, name: &str, revision: Option<u64>, address: Option<&str>) -> u64 {
        let object = json!({"apiVersion": "v1", "metadata": {"name": name}, "spec": {"clusterIP": address}});
        let operation = if address.is_some() { Operation::Put(object) } else { Operation::Delete(object) };
        let write = Write {
            collection: Allocations::new().services,
            key: ObjectKey::new("default", name),
            expected: revision.map_or(Expected::Absent, Expected::Revision),
            operation,
        };
        store.commit(write).await.expect("a write").revision
    }

    /// What all services but `own` have is the same to an index that follows and to one that starts.
    #[track_caller]
    fn check(index: &mut Allocations, store: &Store, own: &str, expected: &[&str]) {
        let own = ObjectKey::new("default", own);
        for index in [index, &mut Allocations::new()] {
            for address in ["10.96.0.1", "10.96.0.2", "10.96.0.3"] {
                let has = index.of_others(store, &own, |taken| taken.has_address(address));
                assert_eq!(has, expected.contains(&address), "{address}");
            }
        }
    }

    #[tokio::test]
    async fn it_follows_the_services() {
        let store = Store::in_memory(Limits { history_events: 2, ..Limits::default() });
        let mut index = Allocations::new();
        check(&mut index, &store, "a", &[]);
        let a = write(&store, "a", None, Some("10.96.0.1")).await;
        check(&mut index, &store, "a", &[]);
        check(&mut index, &store, "b", &["10.96.0.1"]);
        write(&store, "b", None, Some("10.96.0.2")).await;
        let a = write(&store, "a", Some(a), Some("10.96.0.3")).await;
        check(&mut index, &store, "c", &["10.96.0.2", "10.96.0.3"]);
        write(&store, "a", Some(a), None).await;
        check(&mut index, &store, "c", &["10.96.0.2"]);
        // More than the history remembers.
        for name in ["d", "e", "f"] {
            let revision = write(&store, name, None, Some("10.96.0.1")).await;
            write(&store, name, Some(revision), None).await;
        }
        write(&store, "g", None, Some("10.96.0.3")).await;
        check(&mut index, &store, "c", &["10.96.0.2", "10.96.0.3"]);
        check(&mut index, &store, "g", &["10.96.0.2"]);
    }
}
