//! The custom resource kinds Tenter reads and serves: typed Flux specs, and CRDs for Flux, Flagger, Istio, Gateway API and Linkerd.
pub mod crd;
pub mod flux;
