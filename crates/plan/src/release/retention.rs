//! `maxHistory`: which revisions are deleted.

use super::stored::Status;

/// The revisions to delete before another one is stored, so that there are at most `most` then. None is no limit. The
/// newest that is deployed is kept, as Helm does it.
pub fn surplus(history: &[(u32, Status)], most: Option<u32>) -> Vec<u32> {
    let Some(most) = most else { return Vec::new() };
    let room = (most as usize).saturating_sub(1);
    let mut versions: Vec<u32> = history.iter().map(|(version, _)| *version).collect();
    versions.sort_unstable();
    let deployed = history.iter().filter(|(_, status)| *status == Status::Deployed);
    let kept = deployed.map(|(version, _)| *version).max();
    let too_many = versions.len().saturating_sub(room);
    versions.into_iter().filter(|version| Some(*version) != kept).take(too_many).collect()
}
