//! What autoscalers scale.

use manifest::ObjectId;
use mesh::{Coverage, Field, Resource, World};

/// The object that an autoscaler names as its target, whether or not it exists.
pub(super) fn target_id(autoscaler: Resource<'_>) -> Option<(ObjectId, Field<'_>)> {
    let target = autoscaler.at(&["spec", "scaleTargetRef"])?;
    let (group, _) = target.text("apiVersion").rsplit_once('/').unwrap_or_default();
    let id = ObjectId {
        group: group.to_owned(),
        kind: target.text("kind").to_owned(),
        namespace: autoscaler.namespace().to_owned(),
        name: target.text("name").to_owned(),
    };
    let complete = !id.kind.is_empty() && !id.name.is_empty();
    complete.then_some((id, target.get("name").unwrap_or(target)))
}

/// Whether an object would be in the world if it existed: Flagger makes those that end in `-primary`.
pub(super) fn would_be_known(world: &World, known: &Coverage, id: &ObjectId) -> bool {
    let made_by_flagger = || {
        let of = id.name.strip_suffix("-primary").unwrap_or_default();
        world
            .within(mesh::kind::CANARY, &id.namespace)
            .any(|canary| canary.at(&["spec", "targetRef", "name"]).and_then(Field::as_str) == Some(of))
    };
    known.whole(&id.namespace) && world.workloads_in(&id.namespace).len() > 0 && !made_by_flagger()
}
