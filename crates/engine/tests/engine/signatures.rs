//! `spec.verify` of GitRepositories: what nobody who is trusted signed is not applied.

use std::path::Path;
use std::process::Command;

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;

use crate::world::{
    FLUX, World, condition, config_map, config_map_ref, kustomization_ref, ready, repository_ref, revision, text, told,
};

/// A key of ssh: its file, and its public part.
fn key(folder: &Path, name: &str) -> (String, String) {
    let file = folder.join(name);
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&file).status();
    assert!(made.unwrap().success());
    (file.display().to_string(), std::fs::read_to_string(file.with_extension("pub")).unwrap())
}

/// Commits a value, signed with a key of ssh, and returns the revision.
fn commit(world: &World, key: &str, value: &str) -> String {
    world.repository.write("app/web.yaml", config_map("web", value)).unwrap();
    world.repository.git(["add", "."]).unwrap();
    let signing_key = format!("user.signingkey={key}");
    world.repository.git(["-c", "gpg.format=ssh", "-c", &signing_key, "commit", "-q", "-S", "-m", value]).unwrap();
    revision(&world.repository.head().unwrap())
}

async fn keys(world: &World, data: Value) {
    let metadata = json!({"name": "keys", "namespace": FLUX});
    world.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})).await;
}

/// Waits until the source says that it is not verified for this reason, and checks what it says.
async fn refuses(world: &World, reason: &str, expected: Expect) -> Value {
    let refused = |found: &Value| {
        let verified = condition(found, "SourceVerified");
        verified["status"] == "False" && verified["reason"] == *reason && ready(found) == "False"
    };
    let found = world.until_is(&repository_ref("repo"), reason, refused).await;
    assert_eq!(told(&found, "Ready"), told(&found, "SourceVerified"));
    expected.assert_eq(&without_ids(&told(&found, "SourceVerified")));
    found
}

fn without_ids(message: &str) -> String {
    let words = message.split('\'').map(|word| {
        let is_id = word.len() == 40 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
        if is_id || word.starts_with("SHA256:") { "<id>" } else { word }
    });
    words.collect::<Vec<_>>().join("'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_signed_is_applied() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    let (ada, ada_public) = key(folder.path(), "ada");
    let (bob, bob_public) = key(folder.path(), "bob");
    let verify = json!({"verify": {"mode": "HEAD", "secretRef": {"name": "keys"}}});
    let first = commit(&world, &ada, "1");
    world.source(verify).await;
    world.kustomization("app", json!({})).await;
    refuses(&world, "VerificationError", expect!["VerificationError: public keys secret error: secret 'flux-system/keys' not found; create it or correct verify.secretRef"]).await;
    // The Secret is watched: its keys count as soon as they are there.
    keys(&world, json!({"bob.sshpub": bob_public})).await;
    refuses(&world, "InvalidCommitSignature", expect!["InvalidCommitSignature: signature verification of commit '<id>' failed: unable to verify Git commit: unable to verify payload with any of the given authorized keys: no matching key: the signature is of another key"]).await;
    assert_eq!(world.get(&config_map_ref("web")).await, None);
    keys(&world, json!({"ada.sshpub": ada_public})).await;
    world.until_applied("app", &first).await;
    let verified = world.get(&repository_ref("repo")).await.unwrap();
    assert_eq!(condition(&verified, "SourceVerified")["status"], "True");
    expect![[r#"
        Succeeded: verified signature of
        	- commit '<id>' with key '<id>'"#]]
    .assert_eq(&without_ids(&told(&verified, "SourceVerified")));
    assert_eq!(verified["status"]["sourceVerificationMode"], "HEAD");

    // What came in between stays out, and what was there stays.
    world.repository.commit([("app/web.yaml", config_map("web", "2"))], "unsigned").unwrap();
    let refused = refuses(&world, "InvalidCommitSignature", expect!["InvalidCommitSignature: signature verification of commit '<id>' failed: unable to verify Git commit: unsupported signature type: empty"]).await;
    assert_eq!(refused["status"]["artifact"]["revision"], *first);
    let app = world.get(&kustomization_ref("app")).await.unwrap();
    assert_eq!((ready(&app), text(&app["status"]["lastAppliedRevision"])), ("True", first.as_str()));
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "1");
    let third = commit(&world, &bob, "3");
    world.until_applied("app", &third).await;

    // A key that is trusted no longer takes back what it signed: the commit is looked at again.
    keys(&world, json!({"bob.sshpub": null})).await;
    refuses(&world, "InvalidCommitSignature", expect!["InvalidCommitSignature: signature verification of commit '<id>' failed: unable to verify Git commit: unable to verify payload with any of the given authorized keys: no matching key: the signature is of another key"]).await;
    world.source(json!({"verify": null})).await;
    let free = |found: &Value| ready(found) == "True" && condition(found, "SourceVerified").is_null();
    let free = world.until_is(&repository_ref("repo"), "not verified", free).await;
    assert!(free["status"]["sourceVerificationMode"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_has_no_tag_that_could_be_signed() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    let (ada, ada_public) = key(folder.path(), "ada");
    keys(&world, json!({"ada.sshpub": ada_public})).await;
    commit(&world, &ada, "1");
    world.source(json!({"verify": {"mode": "TagAndHEAD", "secretRef": {"name": "keys"}}})).await;
    let stalled = refuses(
        &world,
        "InvalidVerificationMode",
        expect!["InvalidVerificationMode: cannot verify tag object's signature if a tag reference is not specified"],
    )
    .await;
    assert_eq!(condition(&stalled, "Stalled")["status"], "True");
    let signing_key = format!("user.signingkey={ada}");
    world.repository.git(["-c", "gpg.format=ssh", "-c", &signing_key, "tag", "-s", "-m", "one", "v1.0.0"]).unwrap();
    world
        .source(json!({"ref": {"tag": "v1.0.0"}, "verify": {"mode": "TagAndHEAD", "secretRef": {"name": "keys"}}}))
        .await;
    let verified = |found: &Value| ready(found) == "True";
    let verified = world.until_is(&repository_ref("repo"), "verified", verified).await;
    let message = told(&verified, "SourceVerified");
    assert!(message.contains("\n\t- tag 'v1.0.0@") && message.contains("\n\t- commit '"), "{message}");
}
