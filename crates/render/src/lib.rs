//! Tree to manifests: kustomize, Helm and post-build substitution.

pub mod helm;
pub mod kustomize;
pub mod substitute;
pub mod template;
