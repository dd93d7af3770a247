//! What changes proxies in ways that no model can know: Istio's EnvoyFilter and WasmPlugin.

use crate::reasoning::Reasoning;
use crate::selector::matches_labels;
use crate::{World, kind};

/// Says of every extension that holds for a proxy of a namespace with these labels that it may change what was decided.
pub(crate) fn mention<'w>(
    world: &World,
    namespace: &str,
    label: impl Fn(&str) -> Option<&'w str>,
    why: &mut Reasoning,
) {
    let selectors = [
        (kind::ENVOY_FILTER, ["spec", "workloadSelector", "labels"]),
        (kind::WASM_PLUGIN, ["spec", "selector", "matchLabels"]),
    ];
    let root = world.mesh_config().root_namespace();
    let mut namespaces = vec![root, namespace];
    namespaces.dedup();
    for (kind_name, selector) in selectors {
        for extension in namespaces.iter().flat_map(|namespace| world.within(kind_name, namespace)) {
            if extension.at(&selector).is_none_or(|labels| matches_labels(labels, &label)) {
                let name = format!("{} {}/{}", extension.kind(), extension.namespace(), extension.name());
                let step = format!("{name} changes the proxy, and what it does is not known here");
                why.push(Reasoning::noted(step).about(extension));
            }
        }
    }
}
