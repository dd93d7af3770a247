//! Several engines that share the work by names.

use std::collections::BTreeMap;

use engine::{Key, Running, Shard};
use serde_json::json;

use crate::way::Writes;
use crate::world::{
    FLUX, World, config_map, config_map_ref, kustomization_ref, object, ready, repository_ref, until_reason,
};

const NAMES: [&str; 8] = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

fn shards(count: u32) -> Vec<Shard> {
    (0..count).map(|index| format!("{index}/{count}").parse().unwrap()).collect()
}

/// Which of the shards an object of the Flux namespace is in.
fn holder(shards: &[Shard], name: &str) -> usize {
    shards.iter().position(|shard| shard.holds(&Key::new(FLUX, name))).unwrap()
}

fn start(world: &World, shards: &[Shard]) -> Vec<(Running, Writes)> {
    shards.iter().map(|shard| world.start_beside(|options| options.shard = *shard)).collect()
}

/// How often each engine wrote to a path that contains `part`.
fn wrote(engines: &[(Running, Writes)], part: &str) -> Vec<usize> {
    let about = |writes: &Writes| writes.all().iter().filter(|write| write.contains(part)).count();
    engines.iter().map(|(_, writes)| about(writes)).collect()
}

/// Only the engine that holds `name` wrote to a path that contains `part`.
#[track_caller]
fn written_by_its_holder(engines: &[(Running, Writes)], shards: &[Shard], part: &str, name: &str) {
    let counts = wrote(engines, part);
    for (index, count) in counts.iter().enumerate() {
        assert_eq!(*count > 0, index == holder(shards, name), "{part}: {counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_object_is_reconciled_by_one_engine_and_none_by_two() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(3);
    let files: BTreeMap<String, String> =
        NAMES.iter().map(|name| (format!("{name}/{name}.yaml"), config_map(name, "1"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let first = world.commit(&files, "first");
    let engines = start(&world, &shards);
    world.source(json!({})).await;
    for (before, name) in [""].iter().chain(&NAMES).zip(NAMES) {
        // Those who depend on each other are in different shares, too.
        let depends_on = if before.is_empty() { json!([]) } else { json!([{"name": before}]) };
        world.kustomization(name, json!({"dependsOn": depends_on})).await;
    }
    for name in NAMES {
        world.until_applied(name, &first).await;
    }
    let holders: std::collections::BTreeSet<usize> = NAMES.iter().map(|name| holder(&shards, name)).collect();
    assert_eq!(holders.len(), 3, "the names are meant to be spread");
    for name in NAMES {
        written_by_its_holder(&engines, &shards, &format!("/kustomizations/{name}/status"), name);
        let applied = wrote(&engines, &format!("/configmaps/{name}"));
        // One dry run and one apply.
        assert_eq!((applied[holder(&shards, name)], applied.iter().sum::<usize>()), (2, 2), "{name}: {applied:?}");
    }
    written_by_its_holder(&engines, &shards, "/gitrepositories/repo", "repo");

    let second = world.commit(&[("eight/eight.yaml", &config_map("eight", "2"))], "second");
    for name in NAMES {
        world.until_applied(name, &second).await;
    }
    world.patch(&config_map_ref("three"), "kubectl-edit", json!({"data": {"value": "drifted"}})).await;
    world.until_is(&config_map_ref("three"), "put back", |found| found["data"]["value"] == "1").await;
    for name in NAMES {
        world.delete(&kustomization_ref(name)).await;
    }
    for name in NAMES {
        world.until_gone(&kustomization_ref(name)).await;
        world.until_gone(&config_map_ref(name)).await;
    }
    written_by_its_holder(&engines, &shards, "/configmaps/three", "three");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_a_share_needs_is_read() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(2);
    let (mine, other) = (holder(&shards, "one"), 1 - holder(&shards, "one"));
    let engines = start(&world, &shards);
    // No other engine runs that would keep this source.
    let names = |shard: usize| (0..).map(|n| format!("repo-{n}")).find(|name| holder(&shards, name) == shard).unwrap();
    let first = world.commit(&[("one/one.yaml", &config_map("one", "1"))], "first");
    let source = names(other);
    world.apply(crate::world::git_repository(&source, &world.repository.url(), json!({}))).await;
    let reference = json!({"sourceRef": {"kind": "GitRepository", "name": source}});
    world.kustomization("one", reference).await;
    world.until_applied("one", &first).await;
    // Its keeper tells of it in its own time.
    let repository = object("source.toolkit.fluxcd.io/v1", "GitRepository", FLUX, &source);
    world.until_is(&repository, "told of", |found| ready(found) == "True").await;
    let about = format!("/gitrepositories/{source}");
    let kept = wrote(&engines, &about);
    assert!(kept[other] > 0 && kept[mine] == 0, "who reads a source for its own writes nothing about it: {kept:?}");
    written_by_its_holder(&engines, &shards, "/configmaps/one", "one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_are_read_where_they_are_needed() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(3);
    let chart = [
        ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        (
            "charts/web/templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\ndata: {value: '1'}\n",
        ),
    ];
    world.commit(&chart, "chart");
    let engines = start(&world, &shards);
    world.source(json!({})).await;
    for name in NAMES {
        let spec = json!({
            "interval": "1h", "releaseName": name, "targetNamespace": "default", "storageNamespace": "default",
            "chart": {"spec": {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": "repo"}}},
        });
        world.apply(crate::world::flux_object("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, spec)).await;
    }
    for name in NAMES {
        let release = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", FLUX, name);
        world.until_is(&release, "installed", |found| crate::world::ready(found) == "True").await;
        world.until_is(&config_map_ref(name), "installed", |found| found["data"]["value"] == "1").await;
        written_by_its_holder(&engines, &shards, &format!("/helmreleases/{name}/status"), name);
        let chart = format!("{FLUX}-{name}");
        written_by_its_holder(&engines, &shards, &format!("/helmcharts/{chart}/status"), &chart);
        // Created as pending, then deployed.
        let stored = wrote(&engines, &format!("/secrets/sh.helm.release.v1.{name}.v1"));
        assert_eq!(stored.iter().filter(|count| **count > 0).count(), 1, "{name}: {stored:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_of_different_shares_that_declare_one_object_do_not_take_turns() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(2);
    let first = NAMES[0];
    let second = NAMES.into_iter().find(|name| holder(&shards, name) != holder(&shards, first)).unwrap();
    let path = format!("{first}/web.yaml");
    let apart = world.commit(&[(&path, &config_map("web", "1"))], "first");
    let _engines = start(&world, &shards);
    world.source(json!({})).await;
    world.kustomization(first, json!({})).await;
    world.until_applied(first, &apart).await;
    let path = format!("{second}/web.yaml");
    let both = world.commit(&[(&path, &config_map("web", "2"))], "both");
    world.kustomization(second, json!({})).await;
    world.until_applied(second, &both).await;
    until_reason(&world, first, "OwnershipConflict").await;
    let uid = world.get(&config_map_ref("web")).await.unwrap()["metadata"]["uid"].clone();
    world.delete(&kustomization_ref(second)).await;
    world.until_gone(&kustomization_ref(second)).await;
    world.until_applied(first, &both).await;
    let web = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!((&web["metadata"]["uid"], &web["data"]["value"]), (&uid, &json!("1")));
}

/// What is known of the Kustomization that takes an object when its watch no longer tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    WithoutTheObject,
    NotAtAll,
}

/// Two shares declare one object, and the one that had it hears nothing of the other one's Kustomization.
async fn takes_unheard(known: Known) {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(2);
    let first = NAMES[0];
    let second = NAMES.into_iter().find(|name| holder(&shards, name) != holder(&shards, first)).unwrap();
    let (web, own) = (format!("{first}/web.yaml"), format!("{second}/own.yaml"));
    let apart = world.commit(&[(&web, &config_map("web", "1")), (&own, &config_map("own", "1"))], "apart");
    world.source(json!({})).await;
    world.kustomization(first, json!({})).await;
    if known == Known::WithoutTheObject {
        world.kustomization(second, json!({})).await;
    }
    let _deaf = world.start_deaf(|options| options.shard = shards[holder(&shards, first)]);
    world.until_applied(first, &apart).await;
    let both = world.commit(&[(&format!("{second}/web.yaml"), &config_map("web", "2"))], "both");
    world.until_applied(first, &both).await;
    let _other = world.start_beside(|options| options.shard = shards[holder(&shards, second)]);
    if known == Known::NotAtAll {
        world.kustomization(second, json!({})).await;
    }
    world.until_applied(second, &both).await;
    until_reason(&world, first, "OwnershipConflict").await;
    let web = world.get(&config_map_ref("web")).await.unwrap();
    let owner = &web["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"];
    assert_eq!((owner, &web["data"]["value"]), (&json!(second), &json!("2")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_is_left_to_one_that_lists_it_unheard() {
    takes_unheard(Known::WithoutTheObject).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_is_left_to_one_that_is_there_unheard() {
    takes_unheard(Known::NotAtAll).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_nobody_of_a_share_uses_is_left_alone() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let shards = shards(2);
    let own = holder(&shards, "repo");
    // The other share alone: nothing of this source concerns it.
    let (_engine, writes) = world.start_beside(|options| options.shard = shards[1 - own]);
    world.commit(&[("one/one.yaml", &config_map("one", "1"))], "first");
    world.source(json!({})).await;
    let (_owner, _) = world.start_beside(|options| options.shard = shards[own]);
    world.until_is(&repository_ref("repo"), "fetched", |found| crate::world::ready(found) == "True").await;
    assert_eq!(writes.all(), Vec::<String>::new());
}
