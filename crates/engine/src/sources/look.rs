//! What one attempt to fetch works with, whatever the kind of the source.

use std::collections::BTreeMap;
use std::sync::Arc;

use source::{Artifact, Fetched};

use super::found::{Facts, News};
use super::helm_chart::Resolved;
use super::secrets::Secrets;
use crate::artifacts::{Held, Origin, SourceKey};
use crate::engine::Engine;

/// One attempt to fetch.
pub(super) struct Look<'a> {
    pub(super) engine: &'a Engine,
    /// Whose artifact it is.
    pub(super) source: SourceKey,
    /// The generation of the object.
    pub(super) generation: i64,
    /// What it refers to.
    pub(super) secrets: Secrets,
    /// What a HelmChart was last found to be.
    pub(super) resolved: &'a mut Option<Box<Resolved>>,
}

impl Look<'_> {
    /// The files that are held, if they were fetched in the same way: with another request, even an unchanged revision
    /// can yield other files.
    pub(super) fn held_from(&self, is_same: impl FnOnce(&Origin) -> bool) -> Option<Held> {
        self.engine.artifacts.get(&self.source).filter(|held| is_same(&held.origin))
    }

    /// Keeps what was fetched, if it is anything but what was `held`.
    pub(super) fn keep(&self, fetched: Fetched, held: Option<Held>, origin: Origin) -> (Arc<Artifact>, News) {
        match (fetched, held) {
            (Fetched::New(artifact), _) => {
                let artifact = Arc::new(artifact);
                let held = Held { artifact: artifact.clone(), origin: Arc::new(origin) };
                (artifact, News::if_so(self.engine.artifacts.put(self.source.clone(), held)))
            }
            (Fetched::Unchanged, Some(held)) => (held.artifact, News::Known),
            (Fetched::Unchanged, None) => unreachable!("nothing was said to be held, so that nothing is unchanged"),
        }
    }
}

/// What status says of an artifact of files.
pub(super) fn facts(artifact: &Artifact, metadata: BTreeMap<String, String>) -> Facts {
    Facts { revision: artifact.revision.clone(), digest: artifact.digest.clone(), metadata }
}
