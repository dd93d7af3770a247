//! `tenter up --mirror`: what is declared to be elsewhere comes from a server on the loopback interface.

use testkit::git::{Access, HttpServer, Repository, Wire};

use crate::process::run;
use crate::up::tenter;

const SETTINGS: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: default}, data: {color: blue}}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_elsewhere_is_served_from_a_mirror() {
    let repository = Repository::create().unwrap();
    let commit = repository.commit([("cluster/settings.yaml", SETTINGS)], "settings").unwrap();
    let server = HttpServer::start(&[("fleet.git", repository.path())], Access::Open, Wire::Plain).await.unwrap();
    let rule = format!("https://git.example.com/org={}", server.url("").trim_end_matches('/'));
    let outcome = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let mut command = tenter(&home);
        command.args([
            "up",
            "https://git.example.com/org/fleet.git",
            "--path",
            "./cluster",
            "--exit",
            "--mirror",
            &rule,
        ]);
        run(command, "")
    })
    .await
    .unwrap();
    let told = outcome.stderr.clone();
    outcome.ok();
    let applied = format!("✔ Kustomization flux-system/flux-system: Applied revision: main@sha1:{}", &commit[..8]);
    assert!(told.contains(&applied), "{told}");
}

#[test]
fn a_rule_that_is_none_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.args(["up", ".", "--mirror", "https://git.example.com"]);
    let refused = run(command, "").refused();
    assert!(refused.contains("there is no `=`; write FROM=TO"), "{refused}");
}
