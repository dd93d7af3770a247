//! What happens to pods of namespaces that say nothing about the mesh.

use manifest::Value;
use manifest::yaml::{Limits, Profile, read_value};
use mesh::{Field, Resource, World, kind};

/// What Istio does with pods of a namespace without labels for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// It gives them a sidecar.
    Injected,
    /// It leaves them alone.
    NotInjected,
}

/// Namespaces of the cluster itself, into which Istio never injects.
const NEVER: [&str; 5] = ["istio-system", "kube-node-lease", "kube-public", "kube-system", "local-path-storage"];

/// The namespaces that no label gives to a data plane or keeps from it.
pub(super) fn undecided(world: &World) -> impl Iterator<Item = Resource<'_>> {
    world.of(kind::NAMESPACE).filter(|namespace| {
        !NEVER.contains(&namespace.name())
            && namespace.name() != world.options().istio_namespace
            && namespace.label("istio-injection").is_none_or(str::is_empty)
            && namespace.label("istio.io/rev").is_none()
            && namespace.label("istio.io/dataplane-mode") != Some("ambient")
    })
}

/// What the values of the injector say of such namespaces. They are in the namespace of Istio, or wherever else they are.
pub(super) fn default_of(world: &World) -> Default {
    const NAME: &str = "istio-sidecar-injector";
    let in_place = world.find(kind::CONFIG_MAP, &world.options().istio_namespace, NAME);
    let injector = in_place.or_else(|| world.of(kind::CONFIG_MAP).find(|map| map.name() == NAME));
    let values = injector.and_then(|map| map.at(&["data", "values"])).and_then(Field::as_str);
    let read = |text| read_value(text, "values", Profile::Kubectl, &Limits::default()).ok();
    let by_default = values.and_then(read).and_then(|values| {
        values.get("sidecarInjectorWebhook")?.get("enableNamespacesByDefault").and_then(Value::as_bool)
    });
    if by_default == Some(true) { Default::Injected } else { Default::NotInjected }
}
