//! What a HelmRelease changes in the documents of its chart: post-renderers, common metadata, and labels of origin.

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{KustomizeImage, KustomizePatch, KustomizeRenderer, PostRenderStrategy, Selector};
use manifest::{Diagnostic, Manifest, Tree, Value, yaml};
use plan::labels::{Applier, Owner, set_common_metadata, set_owner_labels};
use render::helm::release::{Rendered, Rules, Strategy};
use render::kustomize::{self, LoadRestrictions, Options};
use serde_json::json;

use super::halt::Halt;

/// Changes the documents, hooks included unless the strategy says otherwise.
pub(super) fn apply(release: &HelmRelease, rendered: Rendered) -> Result<Rendered, Halt> {
    let strategy = match release.spec.post_render_strategy {
        None | Some(PostRenderStrategy::Combined) => Strategy::Combined,
        Some(PostRenderStrategy::Separate) => Strategy::Separate,
        Some(PostRenderStrategy::NoHooks) => Strategy::NoHooks,
    };
    let changed = rendered.post_render(strategy, Rules::V4, |manifests| change(release, manifests));
    changed.map_err(|error| Halt::Render(error.to_string()))
}

/// Every problem of a post-renderer, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
struct Problems(Vec<Diagnostic>);

fn change(release: &HelmRelease, mut manifests: Vec<Manifest>) -> Result<Vec<Manifest>, Problems> {
    let renderers = release.spec.post_renderers.iter().flatten();
    for renderer in renderers.filter_map(|renderer| renderer.kustomize.as_ref()) {
        manifests = kustomized(renderer, &manifests).map_err(Problems)?;
    }
    if let Some(metadata) = &release.spec.common_metadata {
        set_common_metadata(&mut manifests, &metadata.labels, &metadata.annotations);
    }
    let metadata = &release.metadata;
    set_owner_labels(&mut manifests, &Owner::new(Applier::HelmRelease, &metadata.namespace, &metadata.name));
    Ok(manifests)
}

/// Builds a kustomization of nothing but the manifests and what the renderer says.
fn kustomized(renderer: &KustomizeRenderer, manifests: &[Manifest]) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    const INPUT: &str = "helm-output.yaml";
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [INPUT],
        "patches": renderer.patches.iter().map(patch).collect::<Vec<_>>(),
        "images": renderer.images.iter().map(image).collect::<Vec<_>>(),
        "patchesStrategicMerge": renderer.patches_strategic_merge.iter().map(yaml::write).collect::<Vec<_>>(),
        "patchesJson6902": renderer.patches_json6902.iter().map(json_patch).collect::<Vec<_>>(),
    });
    let input = yaml::write_documents(manifests.iter().map(|manifest| &manifest.value));
    let files = Tree::from_texts([(INPUT, input), ("kustomization.yaml", kustomization.to_string())]);
    let options = Options { load_restrictions: LoadRestrictions::WithinTree, ..Options::default() };
    kustomize::build(&files, "", &options)
}

fn patch(patch: &KustomizePatch) -> Value {
    match &patch.target {
        Some(target) => json!({"patch": patch.patch, "target": selector(target)}),
        None => json!({"patch": patch.patch}),
    }
}

fn selector(selector: &Selector) -> Value {
    json!({
        "group": selector.group,
        "version": selector.version,
        "kind": selector.kind,
        "namespace": selector.namespace,
        "name": selector.name,
        "labelSelector": selector.label_selector,
        "annotationSelector": selector.annotation_selector,
    })
}

fn image(image: &KustomizeImage) -> Value {
    json!({"name": image.name, "newName": image.new_name, "newTag": image.new_tag, "digest": image.digest})
}

/// v2beta1 holds the operations of a JSON patch as a list; kustomize takes them as text.
fn json_patch(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(patch) = value.get_mut("patch").filter(|patch| patch.is_array()) {
        *patch = Value::String(patch.to_string());
    }
    value
}
