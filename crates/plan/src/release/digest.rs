//! Digests of what is done to manifests, as status has them.

use std::collections::BTreeMap;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::HelmReleaseSpec;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// `sha256:…` of the post-renderers; empty if there are none.
pub fn post_renderers_digest(spec: &HelmReleaseSpec) -> String {
    spec.post_renderers.as_ref().map(of).unwrap_or_default()
}

/// `sha256:…` of the common metadata; empty if there is none.
pub fn common_metadata_digest(spec: &HelmReleaseSpec) -> String {
    /// The fields in the order of Flux.
    #[derive(Serialize)]
    struct Ordered<'m> {
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        annotations: &'m BTreeMap<String, String>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        labels: &'m BTreeMap<String, String>,
    }
    let metadata = spec.common_metadata.as_ref();
    metadata
        .map(|metadata| of(&Ordered { annotations: &metadata.annotations, labels: &metadata.labels }))
        .unwrap_or_default()
}

/// Notes what manifests were handled with.
pub(super) fn observe(release: &mut HelmRelease) {
    release.status.observed_post_renderers_digest = post_renderers_digest(&release.spec);
    release.status.observed_common_metadata_digest = common_metadata_digest(&release.spec);
}

fn of(value: &impl Serialize) -> String {
    // Structs of texts always have JSON; Flux too takes no digest for one that cannot be made.
    let json = manifest::go_json::to_string(value).unwrap_or_default();
    format!("sha256:{}", hex::encode(Sha256::digest(json + "\n")))
}
