//! Puts manifests into the form the API server stores, so that comparing finds real differences only.

use manifest::Manifest;

/// Normalises every manifest in place, as Flux does before it applies (fluxcd/pkg/ssa `normalize`).
pub fn normalize(manifests: &mut [Manifest]) {
    let _ = manifests;
    unimplemented!()
}
