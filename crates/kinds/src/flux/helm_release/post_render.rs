//! What is done to a chart's manifests before they are applied.
//!
//! Fields are written in the order of Flux, whose `status.observedPostRenderersDigest` is over their JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Selector;

/// One step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostRenderer {
    /// Patches and images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<KustomizeRenderer>,
}

/// Patches and images, in kustomize's form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KustomizeRenderer {
    /// Patches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<KustomizePatch>,
    /// Image replacements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<KustomizeImage>,
    /// Strategic merge patches of older versions.
    #[serde(skip_serializing)]
    pub patches_strategic_merge: Vec<Value>,
    /// JSON patches of older versions.
    #[serde(skip_serializing, rename = "patchesJson6902")]
    pub patches_json6902: Vec<Value>,
}

/// One patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KustomizePatch {
    /// The patch, as YAML.
    pub patch: String,
    /// What it is for; the objects it names by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Selector>,
}

/// One image replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KustomizeImage {
    /// The image to replace.
    pub name: String,
    /// Its new name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub new_name: String,
    /// Its new tag.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub new_tag: String,
    /// Its new digest, which counts over a tag.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

/// Which manifests the post-renderers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PostRenderStrategy {
    /// All but hooks.
    NoHooks,
    /// Hooks and others together, the default.
    Combined,
    /// Hooks by themselves.
    Separate,
}
