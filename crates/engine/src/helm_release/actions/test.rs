//! Testing.

use render::helm::release::Event;
use render::helm::storage::Release;

use super::{Scene, not_deployed};
use crate::helm_release::halt::Halt;
use crate::helm_release::hooks;

/// Runs the tests of the newest revision that the spec selects, and stores how they went.
pub(super) async fn test(scene: &mut Scene<'_, '_>) -> Result<(), Halt> {
    let name = scene.storage.place().name.clone();
    let last = scene.storage.last().await?.ok_or_else(|| not_deployed(&name))?;
    let mut release = Release::clone(&last);
    let limit = scene.run.work.ways.timeout;
    // Who is slow to be done starves nobody.
    drop(scene.run.place.take());
    let spec = &scene.release.spec.test;
    let tested =
        hooks::run(scene.run, scene.storage, &mut release, Event::Test, limit, |name| spec.selects(name)).await;
    scene.storage.update(&release).await?;
    tested
}
