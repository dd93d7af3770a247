//! Tree to manifests: kustomize and post-build substitution.

pub mod kustomize;
pub mod substitute;
pub mod template;
