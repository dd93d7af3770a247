//! Changes on this machine are seen as they happen.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use source::{LocalWatch, SourceError, Sources};
use testkit::git::Repository;
use tokio::task::JoinSet;

fn sources() -> Sources {
    // Watching needs no cache.
    Sources::new("/nonexistent/cache")
}

fn watch_local(path: &Path) -> Result<LocalWatch, SourceError> {
    sources().watch_local(path)
}

/// Fails a test that waits for something that never comes.
async fn soon(future: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("a change should have been seen");
}

#[tokio::test]
async fn commits_pushes_tags_and_switches_are_seen() {
    let (work, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
    work.commit([("a", "1")], "first").unwrap();
    work.push_to(&bare).unwrap();
    let (mut work_watch, mut bare_watch) = (watch_local(work.path()).unwrap(), watch_local(bare.path()).unwrap());

    work.commit([("a", "2")], "second").unwrap();
    soon(work_watch.changed()).await;
    work.push_to(&bare).unwrap();
    soon(bare_watch.changed()).await;
    work.branch("feature/nested").unwrap();
    soon(work_watch.changed()).await;
    work.push_to(&bare).unwrap();
    soon(bare_watch.changed()).await;
    work.tag("v1").unwrap();
    soon(work_watch.changed()).await;
    work.git(["pack-refs", "--all"]).unwrap();
    soon(work_watch.changed()).await;
}

#[tokio::test]
async fn files_of_a_directory_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "1").unwrap();
    let mut watch = watch_local(folder.path()).unwrap();
    std::fs::write(folder.path().join("a"), "2").unwrap();
    soon(watch.changed()).await;
    std::fs::create_dir(folder.path().join("d")).unwrap();
    soon(watch.changed()).await;
    std::fs::write(folder.path().join("d/b"), "1").unwrap();
    soon(watch.changed()).await;
    std::fs::remove_file(folder.path().join("a")).unwrap();
    soon(watch.changed()).await;
}

#[tokio::test]
async fn what_changes_while_nobody_waits_is_seen_later() {
    let repository = Repository::create().unwrap();
    repository.commit([("a", "1")], "first").unwrap();
    let mut watch = watch_local(repository.path()).unwrap();
    for number in 2..5 {
        repository.commit([("a", number.to_string())], "another").unwrap();
    }
    soon(watch.changed()).await;
}

#[tokio::test]
async fn all_who_watch_one_place_are_told_until_the_last_has_left() {
    let repository = Repository::create().unwrap();
    repository.commit([("a", "1")], "first").unwrap();
    let sources = sources();
    let watch = || sources.watch_local(repository.path()).unwrap();
    let (mut first, mut second) = (watch(), watch());
    repository.commit([("a", "2")], "second").unwrap();
    soon(first.changed()).await;
    soon(second.changed()).await;
    drop(first);
    repository.commit([("a", "3")], "third").unwrap();
    soon(second.changed()).await;
    drop(second);
    let mut again = watch();
    repository.commit([("a", "4")], "fourth").unwrap();
    soon(again.changed()).await;
}

#[tokio::test]
async fn more_can_watch_one_place_than_the_system_has_watchers() {
    let repository = Repository::create().unwrap();
    repository.commit([("a", "1")], "first").unwrap();
    let sources = sources();
    let watches: Vec<LocalWatch> = (0..1000).map(|_| sources.watch_local(repository.path()).unwrap()).collect();
    repository.commit([("a", "2")], "second").unwrap();
    // All at once: each waits until the place is quiet.
    let told: JoinSet<()> = watches.into_iter().map(|mut watch| async move { watch.changed().await }).collect();
    soon(async { drop(told.join_all().await) }).await;
}

#[test]
fn a_missing_path_is_named() {
    let error = watch_local("/nonexistent/path".as_ref()).unwrap_err();
    let expected = "/nonexistent/path: cannot be watched: No such file or directory (os error 2); \
                    if the system has no watches left, raise fs.inotify.max_user_watches";
    assert_eq!(error.to_string(), expected);
}
