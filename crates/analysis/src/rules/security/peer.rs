//! What Istio's PeerAuthentications require, and where things are said that hold for the whole mesh.

use mesh::{Field, Resource, World, kind};

/// Whether connections must be encrypted and authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They must.
    Strict,
    /// Plain text is accepted too.
    Permissive,
    /// Only plain text.
    Disable,
}

impl Mode {
    /// Of a `mtls` block; `None` if it leaves the decision to what surrounds it.
    pub(super) fn of(mtls: Option<Field<'_>>) -> Option<Mode> {
        match mtls?.text("mode") {
            "STRICT" => Some(Mode::Strict),
            "PERMISSIVE" => Some(Mode::Permissive),
            "DISABLE" => Some(Mode::Disable),
            _ => None,
        }
    }
}

/// Whether a policy is for some workloads only.
pub(super) fn selects(policy: Resource<'_>) -> bool {
    let labels = policy.at(&["spec", "selector", "matchLabels"]);
    labels.is_some_and(|labels| labels.members().next().is_some())
}

/// The PeerAuthentication for a whole namespace: of several, the oldest counts, and which one that is only a cluster knows.
pub(super) fn of_namespace<'w>(world: &'w World, namespace: &str) -> Option<Resource<'w>> {
    world.within(kind::PEER_AUTHENTICATION, namespace).find(|policy| !selects(*policy))
}

/// The mode that holds in the whole mesh.
pub(super) fn mesh_mode(world: &World) -> Mode {
    let policy = of_namespace(world, world.mesh_config().root_namespace());
    policy.and_then(|policy| Mode::of(policy.at(&["spec", "mtls"]))).unwrap_or(Mode::Permissive)
}

/// The mode that holds in a namespace.
pub(super) fn namespace_mode(world: &World, namespace: &str) -> Mode {
    let policy = of_namespace(world, namespace);
    policy.and_then(|policy| Mode::of(policy.at(&["spec", "mtls"]))).unwrap_or_else(|| mesh_mode(world))
}

/// The object that stands for the mesh as a whole: its configuration, its root namespace, or its control plane. Without any
/// of them the world is only a part of what is deployed, and nothing can be said about the mesh.
pub(super) fn anchor(world: &World) -> Option<Resource<'_>> {
    let root = world.mesh_config().root_namespace();
    let istiod = |release: &Resource<'_>| {
        release.at(&["spec", "chart", "spec"]).is_some_and(|chart| chart.text("chart") == "istiod")
    };
    let has_istiod = || {
        let deployments = world.within(kind::DEPLOYMENT, &world.options().istio_namespace);
        deployments.clone().any(|found| found.label("app") == Some("istiod"))
            || world.of(kind::HELM_RELEASE).any(|found| istiod(&found))
    };
    let namespace = || world.find(kind::NAMESPACE, "", root).filter(|_| has_istiod());
    world.mesh_config_source().or_else(namespace).or_else(|| world.of(kind::HELM_RELEASE).find(istiod))
}
