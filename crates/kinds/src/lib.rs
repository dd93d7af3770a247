//! The custom resource kinds Tenter reads and serves: typed Flux specs, and CRDs for Flux, Flagger, Istio and Gateway API.
pub mod crd;
pub mod flux;
