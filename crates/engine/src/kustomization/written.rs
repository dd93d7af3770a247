//! A Kustomization as its own task wrote it last, until the watch has caught up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kinds::flux::Kustomization;
use kinds::flux::kustomization::KustomizationStatus;
use manifest::Value;

use crate::directory::without_field_owners;
use crate::tracker::resource_version;

/// The answer to the last write of status. A run that begins before the watch has told of that write must not start
/// from the inventory before it: objects would be forgotten.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<Option<Arc<Value>>>);

impl Written {
    /// Takes in what the API server answered to a write.
    pub(crate) fn put(&self, object: Value) {
        *self.lock() = Some(Arc::new(without_field_owners(object)));
    }

    /// The newer of `seen` and what was written.
    pub(crate) fn newest(&self, seen: Arc<Value>) -> Arc<Value> {
        let mut written = self.lock();
        match written.as_ref() {
            Some(own) if resource_version(own) > resource_version(&seen) => own.clone(),
            Some(_) | None => {
                *written = None;
                seen
            }
        }
    }

    /// The status as it stands: what was written during this run, else what `kustomization` began with.
    pub(crate) fn status(&self, kustomization: &Kustomization) -> KustomizationStatus {
        let written = self.lock().clone();
        let read = written.as_deref().and_then(|own| Kustomization::read(own).ok());
        read.map_or_else(|| kustomization.status.clone(), |own| own.status)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Value>>> {
        // Only ever replaced as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(version: &str) -> Arc<Value> {
        Arc::new(json!({"metadata": {"resourceVersion": version}}))
    }

    #[test]
    fn what_was_written_counts_until_something_newer_is_seen() {
        let written = Written::default();
        assert_eq!(written.newest(at("5")), at("5"));
        written.put(json!({"metadata": {"resourceVersion": "10"}}));
        assert_eq!(written.newest(at("5")), at("10"));
        assert_eq!(written.newest(at("10")), at("10"));
        assert_eq!(written.newest(at("9")), at("9"), "it was let go once it was seen");
    }
}
