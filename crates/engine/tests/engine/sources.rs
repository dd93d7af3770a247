//! What a GitRepository can be made of: other sources, ignore rules, tags, ssh.

use serde_json::json;
use testkit::git::{KeyPair, Repository, SshServer};

use crate::world::{FLUX, World, config_map, config_map_ref, git_repository, ready, repository_ref, revision, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn included_sources_bring_their_files_and_their_changes() {
    let world = World::start().await;
    let other = Repository::create().unwrap();
    world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    let include = json!({"include": [{"repository": {"name": "other"}, "fromPath": "deploy", "toPath": "app/other"}]});
    world.source(include).await;
    world.kustomization("app", json!({})).await;
    let waiting = world.until_is(&repository_ref("repo"), "waiting", |found| ready(found) == "False").await;
    expect_test::expect!["include 'other': that GitRepository has no artifact yet"]
        .assert_eq(text(&crate::world::condition(&waiting, "Ready")["message"]));
    other.commit([("deploy/lib.yaml", config_map("lib", "1"))], "first").unwrap();
    world.apply(git_repository("other", &other.url(), json!({}))).await;
    let value = |name: &str, value: &'static str| {
        let name = config_map_ref(name);
        let world = &world;
        async move { world.until_is(&name, value, |found| found["data"]["value"] == value).await }
    };
    value("lib", "1").await;
    value("web", "1").await;
    other.commit([("deploy/lib.yaml", config_map("lib", "2"))], "second").unwrap();
    value("lib", "2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ignored_files_are_not_applied() {
    let world = World::start().await;
    let files = [("app/web.yaml", &*config_map("web", "1")), ("app/draft.yaml", "not: an object\n")];
    world.commit(&files, "first");
    world.source(json!({"ignore": "draft.yaml\n"})).await;
    world.kustomization("app", json!({})).await;
    let head = revision(&world.repository.head().unwrap());
    world.until_applied("app", &head).await;
    let source = world.get(&repository_ref("repo")).await.unwrap();
    assert_eq!(source["status"]["observedIgnore"], "draft.yaml\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_of_versions_follows_new_tags() {
    let world = World::start().await;
    let first = world.repository.commit([("app/web.yaml", config_map("web", "1"))], "first").unwrap();
    world.repository.tag("v1.0.0").unwrap();
    world.source(json!({"ref": {"semver": "1.x"}})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &format!("v1.0.0@sha1:{first}")).await;
    let second = world.repository.commit([("app/web.yaml", config_map("web", "2"))], "second").unwrap();
    world.repository.tag("v1.1.0").unwrap();
    world.repository.tag("v2.0.0").unwrap();
    world.until_applied("app", &format!("v1.1.0@sha1:{second}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_source_holds_its_artifact() {
    let world = World::start().await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
    world.patch(&repository_ref("repo"), "flux", json!({"spec": {"suspend": true}})).await;
    // Another source that reacts to a later commit shows that this one would have.
    let second = world.commit(&[("app/web.yaml", &config_map("web", "2"))], "second");
    let copy = git_repository("copy", &world.repository.url(), json!({}));
    world.apply(copy).await;
    world
        .until_is(&repository_ref("copy"), "fetched", |found| found["status"]["artifact"]["revision"] == *second)
        .await;
    let source = world.get(&repository_ref("repo")).await.unwrap();
    assert_eq!(source["status"]["artifact"]["revision"], *first);
    world.patch(&repository_ref("repo"), "flux", json!({"spec": {"suspend": false}})).await;
    world.until_applied("app", &second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssh_needs_a_key_and_a_known_host() {
    let Some(executable) = SshServer::executable() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs sshd");
        eprintln!("skipped: no sshd on this machine");
        return;
    };
    let world = World::start().await;
    let first = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    let key = KeyPair::generate("").unwrap();
    let server = SshServer::start(&executable, &key).unwrap();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": FLUX},
        "stringData": {
            "identity": String::from_utf8(key.private.clone()).unwrap(),
            "known_hosts": server.known_hosts().unwrap(),
        },
    });
    world.apply(secret).await;
    let url = server.url(world.repository.path()).unwrap();
    world.apply(git_repository("repo", &url, json!({"secretRef": {"name": "key"}}))).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &first).await;
}
