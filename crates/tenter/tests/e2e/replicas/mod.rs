//! Two `tenter run` over one cluster: one works, and the other one takes over.

mod api;
pub(crate) mod stand;
mod way;

use std::time::Instant;

use serde_json::json;
use testkit::git::Repository;

use self::stand::{FLUX, Replica, Stand, lease, object};

/// ConfigMaps that all hold `value`.
fn config_maps(number: usize, value: &str) -> String {
    let one = |index| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: item-{index}, namespace: default}}\n\
             data: {{value: '{value}'}}\n"
        )
    };
    (0..number).map(one).collect::<Vec<_>>().join("---\n")
}

fn repository(objects: usize) -> (Repository, String) {
    let repository = Repository::create().unwrap();
    let first = repository.commit([("app/items.yaml", config_maps(objects, "first"))], "first").unwrap();
    (repository, first)
}

fn without_lease(writes: Vec<String>) -> Vec<String> {
    writes.into_iter().filter(|write| !write.contains("/leases")).collect()
}

/// Two replicas, of which the first one leads and has applied the repository's first commit.
async fn pair(repository: &Repository, first: &str) -> (Stand, Replica, Replica) {
    let stand = Stand::start().await;
    let leader = stand.replica("leader", &[]).await;
    stand.until_leads(&leader).await;
    let other = stand.replica("other", &[]).await;
    stand.follow(&repository.url()).await;
    stand.until_applied(first).await;
    assert!(without_lease(other.take_writes()).is_empty(), "the other one waits");
    (stand, leader, other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_one_takes_over_after_a_crash_and_does_nothing_twice() {
    let (repository, first) = repository(3);
    let (stand, leader, other) = pair(&repository, &first).await;
    let crashed = Instant::now();
    leader.signal("KILL");
    assert_eq!(stand.until_leads(&other).await, 1);
    eprintln!("the lease was taken over {:?} after a crash", crashed.elapsed());

    let second = repository.commit([("app/items.yaml", config_maps(3, "second"))], "second").unwrap();
    stand.until_applied(&second).await;
    let item = object("v1", "ConfigMap", "default", "item-2");
    stand.until(&item, "second", |found| found["data"]["value"] == "second").await;
    let written: Vec<String> = other.take_writes();
    let items = written.iter().filter(|write| write.contains("/configmaps/item-")).count();
    assert_eq!(items, 3, "what the first one had applied is not applied again: {written:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_to_stop_passes_the_lease_on() {
    let (repository, first) = repository(1);
    let (stand, mut leader, other) = pair(&repository, &first).await;
    let look = stand.look_at(&lease()).await;
    let told = Instant::now();
    leader.signal("TERM");
    let released = look.until("released", |lease| lease["spec"]["holderIdentity"].is_null());
    let (_, transitions) = tokio::join!(released, stand.until_leads(&other));
    eprintln!("the lease was passed on {:?} after a clean stop", told.elapsed());
    assert_eq!(transitions, 1);
    assert_eq!(leader.ended(), Some(0));

    let second = repository.commit([("app/items.yaml", config_maps(1, "second"))], "second").unwrap();
    stand.until_applied(&second).await;
}

/// As when its machine is paused in the middle of its work: it does not know that time has passed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_paused_writes_nothing_after_it_lost_the_lease() {
    const OBJECTS: usize = 300;
    let (repository, first) = repository(OBJECTS);
    let (stand, leader, other) = pair(&repository, &first).await;
    leader.take_writes();
    let second = repository.commit([("app/items.yaml", config_maps(OBJECTS, "second"))], "second").unwrap();
    leader.until_written("/configmaps/item-").await;
    leader.signal("STOP");
    assert_eq!(stand.until_leads(&other).await, 1);
    stand.until_applied(&second).await;

    leader.take_writes();
    leader.signal("CONT");
    // It finds out, and waits for its turn.
    other.signal("TERM");
    assert_eq!(stand.until_leads(&leader).await, 2);
    let writes = leader.take_writes();
    let (mine, others): (Vec<_>, Vec<_>) = writes.iter().partition(|write| write.contains("/leases"));
    assert!(!mine.is_empty());
    assert_eq!(others, Vec::<&String>::new(), "written after the lease was lost");
    let third = repository.commit([("app/items.yaml", config_maps(OBJECTS, "third"))], "third").unwrap();
    stand.until_applied(&third).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_of_the_work_do_not_meet() {
    let (repository, first) = repository(1);
    let stand = Stand::start().await;
    let theirs = stand.replica("theirs", &["--watch-label-selector", "shard=b"]).await;
    let ours = stand.replica("ours", &["--watch-label-selector", "!shard"]).await;
    stand.follow(&repository.url()).await;
    stand.until_applied(&first).await;
    ours.until_written("/configmaps/item-0").await;
    theirs.until_written("/leases").await;
    assert!(without_lease(theirs.take_writes()).is_empty());
}

/// Kustomizations of one repository are divided by their names; who divides otherwise waits until these have ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_by_name_do_everything_once_and_never_meet_shares_of_another_number() {
    const NUMBER: usize = 6;
    let repository = Repository::create().unwrap();
    let files = |value: &str| {
        let one = |index: usize| {
            let text = config_maps(1, value).replace("item-0", &format!("part-{index}"));
            (format!("part-{index}/part.yaml"), text)
        };
        (0..NUMBER).map(one).chain([("app/items.yaml".to_owned(), config_maps(1, value))]).collect::<Vec<_>>()
    };
    let first = repository.commit(files("first"), "first").unwrap();
    let stand = Stand::start().await;
    let shares = [stand.replica("a", &["--shard", "0/2"]).await, stand.replica("b", &["--shard", "1/2"]).await];
    stand.follow(&repository.url()).await;
    let part = |index: usize| object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, &format!("part-{index}"));
    for index in 0..NUMBER {
        stand
            .apply(json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": {"name": format!("part-{index}"), "namespace": FLUX},
                "spec": {
                    "interval": "10m", "path": format!("part-{index}"), "prune": true,
                    "sourceRef": {"kind": "GitRepository", "name": "app"},
                },
            }))
            .await;
    }
    let until_all = async |commit: &str| {
        stand.until_applied(commit).await;
        for index in 0..NUMBER {
            let applied = |found: &manifest::Value| {
                found["status"]["lastAppliedRevision"].as_str().is_some_and(|revision| revision.ends_with(commit))
            };
            stand.until(&part(index), "applied", applied).await;
        }
    };
    until_all(&first).await;
    let written = shares.each_ref().map(|share| without_lease(share.take_writes()));
    for index in 0..NUMBER {
        let applies = written
            .each_ref()
            .map(|writes| writes.iter().filter(|write| write.contains(&format!("/configmaps/part-{index}?"))).count());
        assert_eq!(applies.iter().sum::<usize>(), 1, "part-{index} is applied once: {written:#?}");
    }
    assert!(written.iter().all(|writes| writes.iter().any(|write| write.contains("/configmaps/"))), "both work");

    // One that would do everything has a lease of its own, and waits.
    let whole = stand.replica("whole", &[]).await;
    stand.until_leads(&whole).await;
    let second = repository.commit(files("second"), "second").unwrap();
    until_all(&second).await;
    assert_eq!(without_lease(whole.take_writes()), Vec::<String>::new());
    for share in &shares {
        share.signal("TERM");
    }
    let third = repository.commit(files("third"), "third").unwrap();
    until_all(&third).await;
    whole.until_written("/configmaps/part-0").await;
}
