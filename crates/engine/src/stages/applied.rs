//! What was applied, kept so that it can be put back.

use std::sync::Arc;

use cluster::ObjectRef;
use manifest::{Location, Manifest, Origin};
use sha2::{Digest, Sha256};

use super::drift::Corrections;
use crate::packing::{PackedValue, Packing};

/// What was applied last, and what had to be put back of it.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// None before the first run since the start.
    pub(crate) built: Option<Built>,
    /// How often which object was put back.
    pub(crate) corrections: Corrections,
}

/// The result of one build.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    /// Digest of everything the build read.
    pub(crate) input: [u8; 32],
    /// Digest of what came out.
    pub(crate) digest: Arc<str>,
    /// What came out.
    pub(crate) objects: Arc<[Kept]>,
}

/// A rendered object.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    value: PackedValue,
    location: Option<Location>,
}

impl Built {
    /// Keeps what came out of a build.
    pub(crate) fn of(input: [u8; 32], manifests: &[Manifest], packing: &Packing) -> Built {
        let mut hash = Sha256::new();
        for manifest in manifests {
            hash.update(manifest.value.to_string());
            hash.update(b"\n");
        }
        let keep = |manifest: &Manifest| Kept {
            value: packing.pack(&manifest.value),
            location: manifest.origin.location.clone(),
        };
        let digest = format!("sha256:{}", hex::encode(hash.finalize()));
        Built { input, digest: digest.into(), objects: manifests.iter().map(keep).collect() }
    }

    /// The objects again as manifests.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = Manifest> {
        self.objects.iter().map(Kept::manifest)
    }

    /// The manifest of one object, if it is among them.
    pub(crate) fn find(&self, object: &ObjectRef) -> Option<Manifest> {
        self.manifests().find(|manifest| manifest.id() == object.id())
    }
}

impl Kept {
    /// The object again as a manifest; of its origin, only the place of the whole object is kept.
    fn manifest(&self) -> Manifest {
        let origin = Origin { location: self.location.clone(), ..Origin::default() };
        Manifest { value: self.value.value(), origin }
    }
}
