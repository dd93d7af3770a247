//! The image of the proxy that Istio injects.

use manifest::Value;
use manifest::yaml::{Limits, Profile, read_value};
use mesh::selector::matches_labels;
use mesh::{Field, Resource, World, kind};

/// What the configuration of an injector says of the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Injector {
    /// The image of the proxy.
    pub(super) image: String,
}

impl Injector {
    /// By the values in the ConfigMap of an injector: a whole image, or the parts of one.
    pub(super) fn of(map: Resource<'_>) -> Option<Injector> {
        if !map.name().starts_with("istio-sidecar-injector") {
            return None;
        }
        let text = map.at(&["data", "values"]).and_then(Field::as_str).unwrap_or_default();
        let values = read(text).unwrap_or_default();
        let text = |path: &[&str]| {
            let found = path.iter().try_fold(&values, |value, name| value.get(name));
            found.map_or_else(String::new, |value| match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            })
        };
        let name = text(&["global", "proxy", "image"]);
        let image = if name.contains('/') {
            name
        } else {
            format!("{}/{name}:{}", text(&["global", "hub"]), text(&["global", "tag"]))
        };
        Some(Injector { image })
    }
}

/// The variant of the image that a pod is to have, such as `distroless`; empty for the usual one. The nearest wins: the pod's
/// annotation, ProxyConfigs that select it, that of its namespace, that of the whole mesh, the mesh configuration.
pub(super) fn image_type(world: &World, pod: Resource<'_>) -> String {
    let by_annotation = pod.annotation("proxy.istio.io/config").and_then(read).and_then(|config| of_value(&config));
    let by_selector = || {
        let mut configs = world.within(kind::PROXY_CONFIG, pod.namespace());
        configs.find_map(|config| {
            let selector = config.at(&["spec", "selector"])?;
            let labels = selector.get("matchLabels");
            let fits = labels.is_none_or(|labels| matches_labels(labels, |name| pod.label(name)));
            if fits { of_config(config) } else { None }
        })
    };
    let unselective = |namespace: &str| {
        let mut configs = world.within(kind::PROXY_CONFIG, namespace);
        configs.find_map(|config| if config.at(&["spec", "selector"]).is_none() { of_config(config) } else { None })
    };
    let found = by_annotation
        .or_else(by_selector)
        .or_else(|| unselective(pod.namespace()))
        .or_else(|| unselective(world.mesh_config().root_namespace()))
        .or_else(|| of_value(world.mesh_config().value().get("defaultConfig")?));
    found.filter(|variant| variant != "default").unwrap_or_default()
}

fn of_config(config: Resource<'_>) -> Option<String> {
    let variant = config.at(&["spec", "image", "imageType"]).and_then(Field::as_str)?;
    Some(variant.to_owned()).filter(|variant| !variant.is_empty())
}

fn of_value(config: &Value) -> Option<String> {
    let variant = config.get("image")?.get("imageType")?.as_str()?;
    Some(variant.to_owned()).filter(|variant| !variant.is_empty())
}

fn read(text: &str) -> Option<Value> {
    read_value(text, "values", Profile::Kubectl, &Limits::default()).ok()
}
