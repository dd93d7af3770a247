//! `tenter build` of what SOPS encrypted, and the real `sops` where it is there.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::folders::folder;
use crate::process::{Outcome, run};
use crate::up::tenter;

const KUSTOMIZATION: &str = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./app
  sourceRef: {kind: GitRepository, name: repo}
  decryption: {provider: sops, secretRef: {name: sops}}
";

/// Files that SOPS encrypted with a key that is used for nothing else, and that key.
fn encrypted(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crypto/tests/sops").join(name)
}

fn app(secret: &str) -> TempDir {
    let app = folder(&[("app.yaml", KUSTOMIZATION)]);
    std::fs::create_dir(app.path().join("app")).unwrap();
    std::fs::copy(encrypted(secret), app.path().join("app/secret.yaml")).unwrap();
    app
}

fn build(folder: &Path, arguments: &[&str]) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(folder).args(["build", "app", "--path", ".", "--kustomization-file", "app.yaml"]);
    command.args(arguments);
    run(command, "")
}

#[test]
fn a_build_decrypts_with_the_keys_of_a_file_and_shows_no_value() {
    let app = app("secret.age.yaml");
    let key = encrypted("ada.agekey").display().to_string();
    let built = build(app.path(), &["--sops-age-key-file", &key]).ok();
    assert!(
        built.contains("username: '***'") || built.contains("username: \"***\"") || built.contains("username: ***")
    );
    assert!(!built.contains("sops:") && !built.contains("ENC[") && !built.contains("ada\n"), "{built}");

    let sealed = build(app.path(), &[]);
    let told = "decryption of what is encrypted for Kustomization flux-system/app: the Secret of spec.decryption is not \
                there; name a file with the private key by --sops-age-key-file";
    assert!(sealed.stderr.contains(told), "{sealed:#?}");
    assert!(sealed.ok().contains("sops:"));

    let other = app.path().join("other.txt");
    std::fs::write(&other, "hunter2\n").unwrap();
    let refused = build(app.path(), &["--sops-age-key-file", &other.display().to_string()]).refused();
    assert!(refused.contains("line 1 is no private key of age") && !refused.contains("hunter2"), "{refused}");
}

/// The real `sops`, which `tests/build-tools sops` builds. It takes minutes, so that recorded files hold where it is not.
fn sops() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/sops");
    if !program.is_file() {
        eprintln!("skipped: there is no sops; `tests/build-tools sops` builds it (it needs Go)");
        return None;
    }
    Some(program)
}

#[test]
fn what_sops_encrypts_today_is_decrypted() {
    let Some(sops) = sops() else { return };
    let key = encrypted("ada.agekey");
    let text = std::fs::read_to_string(&key).unwrap();
    let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let app = app("secret.plain.yaml");
    let mut command = Command::new(sops);
    command.current_dir(app.path()).args(["encrypt", "--in-place", "--age", recipient]);
    command.args(["--encrypted-regex", "^(data|stringData)$", "app/secret.yaml"]);
    run(command, "").ok();
    let key = key.display().to_string();
    let built = build(app.path(), &["--sops-age-key-file", &key, "-o", "json"]).ok();
    let objects: serde_json::Value = serde_json::from_str(&built).unwrap();
    let keys: Vec<&String> = objects[0]["data"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["password", "token", "username"], "{objects:#}");
}
