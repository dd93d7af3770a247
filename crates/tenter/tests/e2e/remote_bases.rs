//! `tenter render kustomize --remote-bases`: repositories on a git server, on the loopback interface.

use tempfile::TempDir;
use testkit::git::{Access, HttpServer, Repository, Wire};

use crate::folders::folder;
use crate::process::{Outcome, run};
use crate::up::tenter;

const POD: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: web:1}]}}\n";

/// Renders a kustomization with these resources.
fn kustomize(resources: &str, arguments: &[&str]) -> Outcome {
    let overlay = format!("namePrefix: prod-\nresources: [{resources}]\n");
    let folder = folder(&[("kustomization.yaml", overlay.as_str())]);
    let home: TempDir = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(folder.path()).args(["render", "kustomize"]).args(arguments);
    run(command, "")
}

fn names(outcome: Outcome) -> Vec<String> {
    outcome.ok().lines().filter_map(|line| line.trim().strip_prefix("name: prod-")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_tags_and_commits_of_a_repository_are_bases() {
    let repository = Repository::create().unwrap();
    let old = repository
        .commit([("base/kustomization.yaml", "resources: [pod.yaml]\n"), ("base/pod.yaml", POD)], "web")
        .unwrap();
    repository.tag("v1").unwrap();
    repository.commit([("base/pod.yaml", POD.replace("name: web}", "name: site}"))], "site").unwrap();
    repository.branch("next").unwrap();
    let other = Repository::create().unwrap();
    let server_of = |one: &Repository| one.path().to_owned();
    let (first, second) = (server_of(&repository), server_of(&other));
    let served = [("shop.git", first.as_path()), ("other.git", second.as_path())];
    let server = HttpServer::start(&served, Access::Open, Wire::Plain).await.unwrap();
    let base = server.url("shop.git");
    other
        .commit([("kustomization.yaml", format!("nameSuffix: -far\nresources: ['{base}//base?ref=v1']\n"))], "far")
        .unwrap();

    let render = |reference: String| {
        tokio::task::spawn_blocking(move || names(kustomize(&format!("'{reference}'"), &["--remote-bases"])))
    };
    assert_eq!(render(format!("{base}//base")).await.unwrap(), ["site"]);
    assert_eq!(render(format!("{base}//base?ref=next&timeout=60")).await.unwrap(), ["site"]);
    assert_eq!(render(format!("{base}//base?ref=v1")).await.unwrap(), ["web"]);
    assert_eq!(render(format!("{base}//base?ref={old}")).await.unwrap(), ["web"]);
    assert_eq!(render(server.url("other.git")).await.unwrap(), ["web-far"]);

    let refused = tokio::task::spawn_blocking(move || {
        let off = kustomize(&format!("'{base}//base'"), &[]).refused();
        let unknown = kustomize(&format!("'{base}//base?ref=none'"), &["--remote-bases"]).refused();
        (off, unknown)
    });
    let (off, unknown) = refused.await.unwrap();
    assert!(off.contains("remote bases are off") && off.contains("--remote-bases"), "{off}");
    assert!(unknown.contains("none"), "{unknown}");
}
