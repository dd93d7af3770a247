//! The networks of a mesh that spans several.

use manifest::Value;
use manifest::yaml::{Limits, Profile, read_value};
use mesh::{Field, Resource, World, kind};

/// What declares the networks: an object of its own, or a text in the ConfigMap of istiod.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'w> {
    /// The object.
    Object(Resource<'w>),
    /// The ConfigMap, and the text in it.
    Text(Resource<'w>, Field<'w>),
}

impl<'w> Source<'w> {
    /// The object that findings are about.
    pub(super) fn resource(self) -> Resource<'w> {
        match self {
            Source::Object(resource) | Source::Text(resource, _) => resource,
        }
    }

    /// The place where a network is written, as near as it is known.
    pub(super) fn place(self, network: &str) -> Field<'w> {
        match self {
            Source::Object(resource) => resource.at(&["networks", network]).unwrap_or(resource.root()),
            Source::Text(_, text) => text,
        }
    }
}

/// The networks of a world, if something declares them.
pub(super) fn of(world: &World) -> Option<(Source<'_>, Value)> {
    if let Some(resource) = world.of(kind::MESH_NETWORKS).next() {
        return Some((Source::Object(resource), resource.manifest().value.clone()));
    }
    let map = world.find(kind::CONFIG_MAP, &world.options().istio_namespace, "istio")?;
    let field = map.at(&["data", "meshNetworks"])?;
    let networks = read_value(field.as_str()?, "meshNetworks", Profile::Kubectl, &Limits::default()).ok()?;
    Some((Source::Text(map, field), networks))
}

/// The registries that networks take endpoints from, each with the network's name.
pub(super) fn registries(networks: &Value) -> impl Iterator<Item = (&str, &str)> {
    let networks = networks.get("networks").and_then(Value::as_object).into_iter().flatten();
    networks.flat_map(|(name, network)| {
        let endpoints = network.get("endpoints").and_then(Value::as_array).into_iter().flatten();
        endpoints.filter_map(move |endpoint| Some((name.as_str(), endpoint.get("fromRegistry")?.as_str()?)))
    })
}
