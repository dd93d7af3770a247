//! Unlocking a release that somebody was stopped at.

use plan::release::{Action, Status};
use render::helm::storage::Release;

use super::{Scene, not_deployed};
use crate::helm_release::halt::Halt;

/// Marks the newest revision as failed.
pub(super) async fn unlock(scene: &mut Scene<'_, '_>, from: Status) -> Result<(), Halt> {
    let name = scene.storage.place().name.clone();
    let last = scene.storage.last().await?.ok_or_else(|| not_deployed(&name))?;
    let mut last = Release::clone(&last);
    "failed".clone_into(&mut last.info.status);
    last.info.description = Action::unlocked(from);
    scene.storage.update(&last).await
}
