//! What a build may be told besides the files: order, load restrictions, and what a Flux Kustomization adds.

use jiff::Timestamp;
use manifest::Value;
use serde::Deserialize;

use crate::helm::release::Rules;

/// The order of the produced objects where the root `kustomization.yaml` has no `sortOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reorder {
    /// Kustomize's default on the command line and in Flux: by kind, namespaces and definitions first, webhooks last.
    #[default]
    Legacy,
    /// As the resources stand in the files: `kustomize build --reorder none`.
    Unchanged,
}

/// Which files a `kustomization.yaml` may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadRestrictions {
    /// Only files in or below its own folder: kustomize's default. Other kustomizations may be anywhere.
    #[default]
    RootOnly,
    /// Any file of the tree, as Flux has it: `LoadRestrictionsNone` inside a secure root.
    WithinTree,
}

/// Whether charts in kustomizations are rendered: `helmCharts` and what was there before it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Charts {
    /// They are refused, as by kustomize without `--enable-helm`.
    #[default]
    Refused,
    /// They are.
    Rendered(ChartOptions),
}

/// How charts in kustomizations are rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartOptions {
    /// Whose rules count.
    pub rules: Rules,
    /// What `now` yields in templates.
    pub now: Timestamp,
    /// What random texts and keys in templates are made from; it has to be as random as those should be.
    pub seed: [u8; 32],
    /// `--helm-kube-version`: counts over what entries say.
    pub kube_version: Option<String>,
    /// `--helm-api-versions`: count over what entries say, if there are any.
    pub api_versions: Vec<String>,
}

/// How to build.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// The order of the produced objects.
    pub reorder: Reorder,
    /// Which files may be read.
    pub load_restrictions: LoadRestrictions,
    /// Whether charts in kustomizations are rendered.
    pub charts: Charts,
    /// What a Flux Kustomization adds to the root; with one, a missing root `kustomization.yaml` is generated.
    pub overlay: Option<Overlay>,
}

impl Options {
    /// As kustomize-controller builds: its load restrictions, and `overlay` on top of the root.
    pub fn flux(overlay: Overlay) -> Options {
        Options { load_restrictions: LoadRestrictions::WithinTree, overlay: Some(overlay), ..Options::default() }
    }
}

/// What happens to a component of an [`Overlay`] that is not in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingComponents {
    /// The build fails.
    #[default]
    Fail,
    /// It is left out: `spec.ignoreMissingComponents`.
    Ignore,
}

/// What a Flux Kustomization adds to the `kustomization.yaml` it builds, as kustomize-controller does it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overlay {
    /// `spec.targetNamespace`: replaces `namespace`.
    pub target_namespace: Option<String>,
    /// `spec.namePrefix`: replaces `namePrefix`.
    pub name_prefix: Option<String>,
    /// `spec.nameSuffix`: replaces `nameSuffix`.
    pub name_suffix: Option<String>,
    /// `spec.patches`: follow `patches`.
    pub patches: Vec<PatchEntry>,
    /// `spec.patchesStrategicMerge` of older API versions: follow `patchesStrategicMerge`.
    pub patches_strategic_merge: Vec<Value>,
    /// `spec.patchesJson6902` of older API versions: follow `patchesJson6902`.
    pub patches_json6902: Vec<PatchEntry>,
    /// `spec.images`: merged into `images` by name; a tag or digest replaces both.
    pub images: Vec<ImageEntry>,
    /// `spec.components`: follow `components`; local paths relative to the folder that is built.
    pub components: Vec<String>,
    /// `spec.ignoreMissingComponents`.
    pub missing_components: MissingComponents,
    /// `spec.buildMetadata`: replaces `buildMetadata`, if not empty.
    pub build_metadata: Vec<String>,
}

/// One patch and what it applies to: an entry of `patches` or `patchesJson6902`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PatchEntry {
    /// The file that holds the patch, relative to the kustomization; empty if `patch` holds it.
    pub path: String,
    /// The patch, YAML or JSON: one or several partial objects, or a list of JSON 6902 operations.
    pub patch: String,
    /// Which objects to patch; a strategic merge patch without one names its own target.
    pub target: Option<Selector>,
    /// What the patch may change besides.
    pub options: PatchOptions,
}

/// What a strategic merge patch may change of an object's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PatchOptions {
    /// The patch's name becomes the object's name.
    pub allow_name_change: bool,
    /// The patch's kind becomes the object's kind.
    pub allow_kind_change: bool,
}

/// Chooses objects. Every text but the selectors is a regular expression that must match as a whole; empty matches all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// API group.
    pub group: String,
    /// API version inside the group.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Name, now or before any change of it.
    pub name: String,
    /// Namespace, now or before any change of it.
    pub namespace: String,
    /// Kubernetes label selector over the object's labels.
    pub label_selector: String,
    /// The same syntax over the object's annotations.
    pub annotation_selector: String,
}

/// One entry of `images`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageEntry {
    /// The image to change, without tag and digest.
    pub name: String,
    /// Replaces the name, unless empty.
    pub new_name: String,
    /// Replaces the tag, and removes the digest, unless empty.
    pub new_tag: String,
    /// Replaces the digest, and removes the tag, unless empty.
    pub digest: String,
    /// Is put behind the tag, unless empty.
    pub tag_suffix: String,
}
