//! What one Kustomization's task remembers between runs. None of it is needed to be correct, only to be calm.

use std::sync::Arc;

use super::drift::Corrections;
use manifest::{Location, Manifest, ObjectId, Origin, Value};
use sha2::{Digest, Sha256};

/// What was rendered last, and what of it was applied.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What the last build was made from, and what came out.
    pub(crate) built: Option<Built>,
    /// What was applied last: a build that was refused is not what drift is put back to.
    pub(crate) applied: Option<Built>,
    /// How many attempts in a row failed for a reason that may pass.
    pub(crate) failures: u32,
    /// Whether the last run ended because dependencies are not ready: only then do they matter.
    pub(crate) waits_for_dependencies: bool,
    /// Revision and digest of the artifact that the last run built from.
    pub(crate) artifact: Option<(String, String)>,
    /// Whether the last run ended because something is not healthy: its recovery is a reason to run again.
    pub(crate) unhealthy: bool,
    /// How often which object was put back.
    pub(crate) corrections: Corrections,
}

/// The result of one build.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    /// Digest of everything the build read.
    pub(crate) input: String,
    /// Digest of what came out.
    pub(crate) digest: String,
    /// What came out.
    pub(crate) objects: Arc<[Kept]>,
}

/// A rendered object, kept as text so that memory follows its size.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Which object.
    pub(crate) id: ObjectId,
    json: Box<str>,
    location: Option<Location>,
}

impl Built {
    /// Keeps what came out of a build.
    pub(crate) fn of(input: String, manifests: &[Manifest]) -> Built {
        let objects: Vec<Kept> = manifests
            .iter()
            .map(|manifest| Kept {
                id: manifest.id(),
                json: manifest.value.to_string().into_boxed_str(),
                location: manifest.origin.location.clone(),
            })
            .collect();
        let mut hash = Sha256::new();
        for object in &objects {
            hash.update(object.json.as_bytes());
            hash.update(b"\n");
        }
        Built { input, digest: format!("sha256:{}", hex::encode(hash.finalize())), objects: objects.into() }
    }

    /// The objects again as manifests.
    pub(crate) fn manifests(&self) -> Vec<Manifest> {
        self.objects.iter().map(Kept::manifest).collect()
    }
}

impl Kept {
    /// The object again as a manifest; of its origin, only the place of the whole object is kept.
    pub(crate) fn manifest(&self) -> Manifest {
        let value: Value =
            serde_json::from_str(&self.json).unwrap_or_else(|_| unreachable!("it was printed from a JSON value"));
        Manifest { value, origin: Origin { location: self.location.clone(), ..Origin::default() } }
    }
}
