//! `spec.decryption`: files and objects that SOPS encrypted.

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;

use crate::world::{FLUX, World, kustomization_ref, object, ready, settled, told};

/// A file that SOPS encrypted with a key that is used for nothing else.
fn encrypted(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crypto/tests/sops");
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

async fn keys(world: &World, name: &str, entries: Value) {
    let metadata = json!({"name": name, "namespace": FLUX});
    world.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": entries})).await;
}

fn asked() -> Value {
    json!({"decryption": {"provider": "sops", "secretRef": {"name": "sops"}}})
}

async fn refuses(world: &World, revision: &str, expected: Expect) {
    let failed = world.until_failed("app", revision).await;
    expected.assert_eq(&settled(&told(&failed, "Ready"), world.repository.path()));
}

fn decoded(secret: &Value, key: &str) -> String {
    use base64::Engine as _;
    let text = secret["data"][key].as_str().unwrap_or_else(|| panic!("no {key} in {secret:#}"));
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_decrypted_when_they_are_built() {
    let world = World::start().await;
    let revision = world.commit(&[("app/secret.yaml", &encrypted("secret.age.yaml"))], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    refuses(&world, &revision, expect!["BuildFailed: kustomize build failed: app/secret.yaml:1:1: Secret/default/login is SOPS encrypted, configuring decryption is required for this secret to be reconciled. Set spec.decryption of the Kustomization, with a Secret that holds the private key."]).await;
    world.kustomization("app", asked()).await;
    let missing = |found: &Value| told(found, "Ready").contains("not found");
    let missing = world.until_is(&kustomization_ref("app"), "without keys", missing).await;
    expect!["BuildFailed: kustomize build failed: sops decryption Secret 'flux-system/sops' not found. Create it with the private keys, or correct spec.decryption.secretRef."].assert_eq(&told(&missing, "Ready"));

    // The Secret is watched: the key counts as soon as it is there.
    keys(&world, "sops", json!({"pgp.asc": encrypted("throwaway.asc"), "other.txt": "hunter2"})).await;
    let unfit = |found: &Value| told(found, "Ready").contains("no given key fits");
    let unfit = world.until_is(&kustomization_ref("app"), "with another key", unfit).await;
    expect!["BuildFailed: kustomize build failed: app/secret.yaml:1:1: decryption failed for Secret/default/login: cannot get sops data key: no given key fits (0 of age, 1 of OpenPGP); it is encrypted for age age1de0gc9lsahr4z4zmgs23wcn9uze65435a8lsnffky59gq046qc8qhtj5gw; put the private key of one of them into the Secret of spec.decryption, or encrypt it for another key with `sops updatekeys`"].assert_eq(&told(&unfit, "Ready"));
    keys(&world, "sops", json!({"ada.agekey": encrypted("ada.agekey")})).await;
    world.until_applied("app", &revision).await;
    let secret = world.get(&object("v1", "Secret", "default", "login")).await.unwrap();
    assert_eq!((decoded(&secret, "username"), decoded(&secret, "password")), ("ada".into(), "two\nlines\n".into()));
    assert_eq!(decoded(&secret, "token"), "secret");
    assert_eq!(secret.get("sops"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_generators_and_patches_are_decrypted_before_the_build() {
    let world = World::start().await;
    keys(&world, "sops", json!({"ada.agekey": encrypted("ada.agekey"), "pgp.asc": encrypted("throwaway.asc")})).await;
    let generators = "\
        namespace: default\nresources: [base]\nsecretGenerator:\n- name: settings\n  options: {disableNameSuffixHash: true}\n  \
        envs: [app.env]\n  files: [values.yaml, config.json=config.json, blob=blob.bin, plain.txt]\n";
    let patched = "resources: [secret.yaml]\npatches: [{path: patch.yaml}]\n";
    let files = [
        ("app/kustomization.yaml", generators.to_owned()),
        ("app/app.env", encrypted("app.env")),
        ("app/values.yaml", encrypted("values.yaml")),
        ("app/config.json", encrypted("config.json")),
        ("app/blob.bin", encrypted("blob.bin")),
        ("app/plain.txt", "not encrypted\n".to_owned()),
        ("app/base/kustomization.yaml", patched.to_owned()),
        (
            "app/base/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: default}\n".to_owned(),
        ),
        ("app/base/patch.yaml", encrypted("secret.pgp.yaml")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let revision = world.commit(&files, "first");
    world.source(json!({})).await;
    world.kustomization("app", asked()).await;
    world.until_applied("app", &revision).await;
    let settings = world.get(&object("v1", "Secret", "default", "settings")).await.unwrap();
    assert_eq!((decoded(&settings, "USER"), decoded(&settings, "NUMBER")), ("ada".into(), "7".into()));
    assert_eq!(decoded(&settings, "values.yaml"), encrypted("values.plain.yaml"));
    assert_eq!(decoded(&settings, "config.json"), encrypted("config.plain.json"));
    assert_eq!(decoded(&settings, "plain.txt"), "not encrypted\n");
    assert!(!settings["data"]["blob"].as_str().unwrap().is_empty());
    let login = world.get(&object("v1", "Secret", "default", "login")).await.unwrap();
    assert_eq!(decoded(&login, "username"), "ada");

    let changed = encrypted("app.env").replace("PLAIN_unencrypted=seen", "PLAIN_unencrypted=changed");
    let revision = world.commit(&[("app/app.env", &changed)], "by hand");
    refuses(&world, &revision, expect!["BuildFailed: kustomize build failed: error decrypting sources: app/app.env: failed to verify sops data integrity: MAC mismatch: something was changed without sops; edit it with `sops edit`, or encrypt it again"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_to_be_decrypted_stays_as_it_is() {
    let world = World::start().await;
    keys(&world, "sops", json!({"ada.agekey": encrypted("ada.agekey")})).await;
    keys(&world, "broken", json!({"ada.agekey": "hunter2"})).await;
    let moved = encrypted("secret.age.yaml").replace("    username:", "    moved:");
    let revision = world.commit(&[("app/secret.yaml", &moved)], "moved");
    world.source(json!({})).await;
    world.kustomization("app", asked()).await;
    refuses(&world, &revision, expect!["BuildFailed: kustomize build failed: app/secret.yaml:1:1: decryption failed for Secret/default/login: the value at stringData.moved cannot be decrypted: it was changed, or moved here from another place (AES-GCM does not authenticate it)"]).await;
    world.kustomization("app", json!({"decryption": {"provider": "sops", "secretRef": {"name": "broken"}}})).await;
    let broken = |found: &Value| told(found, "Ready").contains("failed to import");
    let broken = world.until_is(&kustomization_ref("app"), "with something else than keys", broken).await;
    expect!["BuildFailed: kustomize build failed: failed to import 'ada.agekey' data from sops decryption Secret 'flux-system/broken': line 1 is no private key of age: invalid Bech32 encoding; `age-keygen` writes one as AGE-SECRET-KEY-1…"].assert_eq(&told(&broken, "Ready"));

    world.kustomization("app", asked()).await;
    let definition = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  namespace: default\n  annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}\ndata: {sealed: \"ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\"}\n";
    let revision = world.replace("app", &[("kept.yaml", definition)]);
    let applied = world.until_applied("app", &revision).await;
    assert_eq!(ready(&applied), "True");
    let kept = world.get(&object("v1", "ConfigMap", "default", "kept")).await.unwrap();
    assert!(kept["data"]["sealed"].as_str().unwrap().starts_with("ENC["));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_says_of_a_secret_shows_no_value() {
    let world = World::start().await;
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: default}\ndata: {a: hunter2-is-no-base64}\n";
    let revision = world.commit(&[("app/secret.yaml", secret)], "first");
    world.source(json!({})).await;
    world.kustomization("app", json!({})).await;
    refuses(&world, &revision, expect![[r#"ReconciliationFailed: dry-run failed, nothing was applied: app/secret.yaml:4:8: Secret/default/login: Secret "login" is invalid: data.a: Invalid value: "***": data.a in body must be of type byte: "***""#]]).await;
}
