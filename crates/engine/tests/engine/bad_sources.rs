//! Sources that cannot be fetched: the GitRepository says why, its Kustomization too, and the last artifact stays.

use std::path::Path;

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;
use testkit::git::{Access, HttpServer, Wire};

use crate::world::{
    World, condition, config_map, config_map_ref, git_repository, kustomization_ref, ready, repository_ref, settled,
    text, told,
};

/// Waits until `repo` fails in its present generation, and checks what is said.
async fn refuses(world: &World, expected: Expect) {
    let failed = |found: &Value| {
        condition(found, "FetchFailed")["status"] == "True"
            && condition(found, "FetchFailed")["observedGeneration"] == found["metadata"]["generation"]
    };
    let failed = world.until_is(&repository_ref("repo"), "FetchFailed", failed).await;
    assert_eq!(ready(&failed), "False");
    let message = told(&failed, "Ready");
    assert_eq!(told(&failed, "FetchFailed"), message);
    expected.assert_eq(&without_port(&settled(&message, world.repository.path())));
    let ready = condition(&failed, "Ready");
    world.until_event("repo", text(&ready["reason"]), |event| event == ready["message"]).await;
}

/// Ports differ from run to run.
pub(crate) fn without_port(message: &str) -> String {
    let mut parts = message.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("127.0.0.1:<port>");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_fetched_is_said_and_the_last_artifact_stays() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;

    world.source(json!({"ref": {"branch": "mian"}})).await;
    refuses(&world, expect![[r#"GitOperationFailed: file://<repository>: no branch "mian"; it has "main""#]]).await;
    world.source(json!({"ref": {"tag": "v1"}})).await;
    refuses(&world, expect![[r#"GitOperationFailed: file://<repository>: no tag "v1""#]]).await;
    world.source(json!({"ref": {"semver": ">=1.0"}})).await;
    refuses(&world, expect![[r#"GitOperationFailed: file://<repository>: no tag matches the version range ">=1.0""#]])
        .await;
    world.source(json!({"ref": {"commit": "0123456789012345678901234567890123456789"}})).await;
    refuses(&world, expect!["GitOperationFailed: file://<repository>: no commit 0123456789012345678901234567890123456789; check that it was pushed and not rewritten, or set spec.ref.branch to the branch it is on if the server gives no commit by its id"]).await;
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    world.source(json!({"url": format!("http://{closed}/app.git")})).await;
    refuses(&world, expect!["GitOperationFailed: http://127.0.0.1:<port>/app.git: unreachable: Connection refused (os error 111); check the host name, the network and the proxy"]).await;
    world.source(json!({"url": format!("file://{}/missing", world.repository.path().display())})).await;
    refuses(&world, expect!["GitOperationFailed: <repository>/missing: not a git repository: no such folder; check the path, and that these credentials may see it"]).await;
    world.source(json!({"secretRef": {"name": "missing"}})).await;
    refuses(
        &world,
        expect!["AuthenticationFailed: secret 'flux-system/missing' not found; create it or correct secretRef"],
    )
    .await;

    let source = world.get(&repository_ref("repo")).await.unwrap();
    assert_eq!(source["status"]["artifact"]["revision"], *revision);
    let app = world.get(&kustomization_ref("app")).await.unwrap();
    assert_eq!(ready(&app), "True");
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1");
    world.source(json!({})).await;
    world.until_is(&repository_ref("repo"), "healed", |found| ready(found) == "True").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_says_what_its_source_lacks() {
    let world = World::start().await;
    world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.kustomization("app", json!({})).await;
    let says = async |part: &str| {
        let found =
            |found: &Value| ready(found) == "False" && text(&condition(found, "Ready")["message"]).contains(part);
        settled(&told(&world.until_is(&kustomization_ref("app"), part, found).await, "Ready"), world.repository.path())
    };
    expect!["ArtifactFailed: GitRepository 'repo': does not exist in namespace 'flux-system'; create it or correct sourceRef"].assert_eq(&says("does not exist").await);
    world.source(json!({"ref": {"branch": "mian"}})).await;
    expect![[
        r#"ArtifactFailed: GitRepository 'repo': has no artifact: file://<repository>: no branch "mian"; it has "main""#
    ]]
    .assert_eq(&says("mian").await);
    world.source(json!({"ref": {"branch": "main"}})).await;
    let revision = format!("main@sha1:{}", world.repository.head().unwrap());
    world.until_applied("app", &revision).await;

    world.kustomization("app", json!({"sourceRef": {"kind": "ExternalArtifact", "name": "repo"}})).await;
    expect![
        "ArtifactFailed: sources of kind ExternalArtifact are not served; use a GitRepository, OCIRepository or Bucket"
    ]
    .assert_eq(&says("ExternalArtifact").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_that_wants_a_name_and_a_password() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    let access = Access::Basic { username: "ada".to_owned(), password: "secret".to_owned() };
    let path: &Path = world.repository.path();
    let server = HttpServer::start(&[("app.git", &path.join(".git"))], access, Wire::Tls).await.unwrap();
    world.kustomization("app", json!({})).await;
    let source = |spec| world.apply(git_repository("repo", &server.url("app.git"), spec));
    source(json!({})).await;
    refuses(&world, expect!["GitOperationFailed: https://127.0.0.1:<port>/app.git: the server's certificate was refused: invalid peer certificate: UnknownIssuer; if a private authority signed it, put that authority's certificate under ca.crt in the secret"]).await;

    let secret = |name: &str, data: Value| {
        world.apply(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": crate::world::FLUX},
            "stringData": data,
        }))
    };
    secret("trusting", json!({"ca.crt": server.ca()})).await;
    source(json!({"secretRef": {"name": "trusting"}})).await;
    refuses(&world, expect!["AuthenticationFailed: https://127.0.0.1:<port>/app.git: authentication failed: the server wants other credentials; check the user name and the password or token in the secret"]).await;
    secret("wrong", json!({"ca.crt": server.ca(), "username": "ada", "password": "guess"})).await;
    source(json!({"secretRef": {"name": "wrong"}})).await;
    refuses(&world, expect!["AuthenticationFailed: https://127.0.0.1:<port>/app.git: authentication failed: the server wants other credentials; check the user name and the password or token in the secret"]).await;
    secret("half", json!({"ca.crt": server.ca(), "username": "ada"})).await;
    source(json!({"secretRef": {"name": "half"}})).await;
    refuses(&world, expect!["AuthenticationFailed: secret 'half' lacks `password`, which https needs"]).await;

    secret("right", json!({"ca.crt": server.ca(), "username": "ada", "password": "secret"})).await;
    source(json!({"secretRef": {"name": "right"}})).await;
    world.until_applied("app", &revision).await;
    let source = world.get(&repository_ref("repo")).await.unwrap();
    assert_eq!(condition(&source, "FetchFailed"), &json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large() {
    let world = World::start().await;
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    world.until_applied("app", &revision).await;
    world.commit(&[("app/disk.img", &"x".repeat((10 << 20) + 1))], "large");
    refuses(&world, expect![[r#"ArchiveOperationFailed: app/disk.img: 10485761 bytes, and a file may have 10485760; leave it out with a line "app/disk.img" in .sourceignore"#]]).await;
    assert_eq!(ready(&world.get(&kustomization_ref("app")).await.unwrap()), "True");
    let revision = world.commit(&[(".sourceignore", "app/disk.img\n")], "ignore");
    world.until_applied("app", &revision).await;
}
