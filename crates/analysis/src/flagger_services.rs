//! The services that Flagger makes, which no manifest declares.

use mesh::{Field, World, kind};

/// Whether Flagger makes a service of this name for a Canary: the one that clients call, or one of its two halves.
pub(crate) fn made_by_flagger(world: &World, service: &str, namespace: &str) -> bool {
    let of = service.strip_suffix("-canary").or_else(|| service.strip_suffix("-primary")).unwrap_or(service);
    world.within(kind::CANARY, namespace).any(|canary| {
        let name = canary.at(&["spec", "service", "name"]).or_else(|| canary.at(&["spec", "targetRef", "name"]));
        matches!(name.and_then(Field::as_str), Some(apex) if apex == of || apex == service)
    })
}
