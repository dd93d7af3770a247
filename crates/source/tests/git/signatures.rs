//! Commits and tags that the real git signed, with keys of GnuPG and of ssh.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crypto::git_signature::TrustedKeys;
use expect_test::{Expect, expect};
use source::{Artifact, GitRequest, GitVerification, Reference, SignedObjects, SourceError, SourceKind};
use testkit::git::{Access, HttpServer, Repository, Wire};
use testkit::gnupg::Home;

use super::{Fixture, branch, new, request, tag};

/// The arguments that have git sign with a key of ssh, and the public key.
fn ssh_key(folder: &Path, kind: &str) -> (Vec<String>, Vec<u8>) {
    let key: PathBuf = folder.join(kind);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", "ada@example.com and more", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let public = std::fs::read(key.with_extension("pub")).unwrap();
    let signing_key = format!("user.signingkey={}", key.display());
    (["-c", "gpg.format=ssh", "-c", &signing_key].map(str::to_owned).to_vec(), public)
}

/// The arguments that have git sign with a key of GnuPG, and the public key.
fn openpgp_key(home: &Home, user: &str) -> (Vec<String>, Vec<u8>) {
    home.make_key(user, "ed25519", "sign", "never");
    let program = format!("gpg.program={}", home.program().display());
    let signing_key = format!("user.signingkey={user}");
    let public = home.gpg(&["--export", "--armor"], b"");
    (["-c", &program, "-c", &signing_key].map(str::to_owned).to_vec(), public)
}

fn git(repository: &Repository, signing: &[String], arguments: &[&str]) {
    repository.git(signing.iter().map(String::as_str).chain(arguments.iter().copied())).unwrap();
}

fn signed_by(request: GitRequest, objects: SignedObjects, keys: TrustedKeys) -> GitRequest {
    GitRequest { verification: Some(GitVerification { objects, keys: Arc::new(keys) }), ..request }
}

fn openpgp(key: &[u8]) -> TrustedKeys {
    TrustedKeys { keyrings: vec![key.to_vec()], ..TrustedKeys::default() }
}

fn ssh(key: &[u8]) -> TrustedKeys {
    TrustedKeys { authorized_keys: vec![key.to_vec()], ..TrustedKeys::default() }
}

/// What was verified, or why nothing is used; ids and keys, which differ from run to run, as what they are.
fn check(repository: &Repository, found: Result<Artifact, SourceError>, expected: Expect) {
    let mut shown = match found {
        Ok(artifact) => {
            artifact.verified.iter().map(|verified| format!("{} with {}\n", verified.object, verified.key)).collect()
        }
        Err(error) => format!("({}) {error}\n", error.reason(SourceKind::GitRepository)),
    };
    shown = shown.split_inclusive([' ', '@', '\'', '\n']).map(masked).collect();
    expected.assert_eq(&shown.replace(&repository.path().display().to_string(), "<repository>"));
}

/// A word without the id or the fingerprint that it is.
fn masked(word: &str) -> String {
    let bare = word.trim_end_matches([' ', '@', '\'', '\n']);
    let is_id = bare.len() >= 16 && bare.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_id || bare.starts_with("SHA256:") { word.replace(bare, "<id>") } else { word.to_owned() }
}

async fn fetch(fixture: &Fixture, request: &GitRequest) -> Result<Artifact, SourceError> {
    fixture.sources.fetch(request, None).await.map(|found| new(Ok(found)))
}

#[tokio::test]
async fn commits_are_signed_with_keys_of_every_kind() {
    let (fixture, folder) = (Fixture::new(), tempfile::tempdir().unwrap());
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let (signing, public) = ssh_key(folder.path(), kind);
        let repository = Repository::create().unwrap();
        repository.write("a.yaml", "a: 1\n").unwrap();
        git(&repository, &[], &["add", "."]);
        git(&repository, &signing, &["commit", "-q", "-S", "-m", "Signed\n\nwith ümläuts\n"]);
        let request = signed_by(request(repository.url(), branch("main")), SignedObjects::Commit, ssh(&public));
        check(
            &repository,
            fetch(&fixture, &request).await,
            expect![[r#"
            commit '<id>' with <id>
        "#]],
        );
    }
    let Some(home) = Home::new_or_skip() else { return };
    let (signing, public) = openpgp_key(&home, "ada@example.com");
    let repository = Repository::create().unwrap();
    git(&repository, &signing, &["commit", "-q", "-S", "--allow-empty", "-m", "Signed"]);
    let request = signed_by(request(repository.url(), branch("main")), SignedObjects::Commit, openpgp(&public));
    check(
        &repository,
        fetch(&fixture, &request).await,
        expect![[r#"
        commit '<id>' with <id>
    "#]],
    );
}

#[tokio::test]
async fn what_nobody_signed_is_not_used() {
    let (fixture, folder) = (Fixture::new(), tempfile::tempdir().unwrap());
    let (signing, ada) = ssh_key(folder.path(), "ed25519");
    let (_, bob) = ssh_key(folder.path(), "ecdsa");
    let repository = Repository::create().unwrap();
    git(&repository, &signing, &["commit", "-q", "-S", "--allow-empty", "-m", "Signed"]);
    let by = |keys| signed_by(request(repository.url(), branch("main")), SignedObjects::Commit, keys);
    let signed = fetch(&fixture, &by(ssh(&ada))).await.unwrap();
    check(
        &repository,
        fetch(&fixture, &by(ssh(&bob))).await,
        expect![[r#"
        (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: unable to verify payload with any of the given authorized keys: no matching key: the signature is of another key
    "#]],
    );
    check(
        &repository,
        fetch(&fixture, &by(openpgp(b"none"))).await,
        expect![[r#"
        (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)
    "#]],
    );
    let both = [bob, ada.clone()].concat();
    check(
        &repository,
        fetch(&fixture, &by(ssh(&both))).await,
        expect![[r#"
        commit '<id>' with <id>
    "#]],
    );

    // Somebody puts the signature of one commit on another.
    let raw = repository.git(["cat-file", "commit", "HEAD"]).unwrap();
    repository.write("forged", raw.replace("Signed", "Forged") + "\n").unwrap();
    let forged = repository.git(["hash-object", "-t", "commit", "-w", "forged"]).unwrap();
    repository.git(["update-ref", "refs/heads/main", &forged]).unwrap();
    check(
        &repository,
        fetch(&fixture, &by(ssh(&ada))).await,
        expect![[r#"
        (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: unable to verify payload with any of the given authorized keys: no matching key: cryptographic error
    "#]],
    );
    repository.git(["commit", "-q", "--allow-empty", "-m", "Unsigned"]).unwrap();
    check(
        &repository,
        fetch(&fixture, &by(ssh(&ada))).await,
        expect![[r#"
        (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: unsupported signature type: empty
    "#]],
    );
    let past = fixture.sources.artifact_at(&by(ssh(&ada)), &signed.revision).await.unwrap();
    assert_eq!(past, signed);
    let past = fixture.sources.artifact_at(&by(openpgp(b"none")), &signed.revision).await;
    check(
        &repository,
        past,
        expect![[r#"
        (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)
    "#]],
    );

    let plain = tempfile::tempdir().unwrap();
    std::fs::write(plain.path().join("a.yaml"), "a: 1\n").unwrap();
    let request = request(plain.path().to_str().unwrap(), branch("main"));
    let refused = fetch(&fixture, &signed_by(request, SignedObjects::Commit, ssh(&ada))).await.unwrap_err();
    assert_eq!(refused.reason(SourceKind::GitRepository), "InvalidGitObject");
}

/// A commit that nobody signed with tags that Ada signed, and one with a tag that nobody did.
fn tagged(ssh: &[String], openpgp: &[String]) -> Repository {
    let repository = Repository::create().unwrap();
    repository.commit([("a.yaml", "a: 1\n")], "first").unwrap();
    git(&repository, ssh, &["tag", "-s", "-m", "By ssh", "v1.0.0"]);
    git(&repository, openpgp, &["tag", "-s", "-m", "By OpenPGP\n\n-----BEGIN PGP SIGNATURE-----\nis quoted", "v1.1.0"]);
    git(&repository, ssh, &["commit", "-q", "-S", "--allow-empty", "-m", "Signed"]);
    git(&repository, openpgp, &["tag", "-s", "-m", "Both", "v1.2.0"]);
    repository.annotated_tag("v1.3.0", "Not signed").unwrap();
    repository.tag("v1.4.0").unwrap();
    repository
}

#[tokio::test]
async fn tags_are_signed_here_and_elsewhere() {
    let Some(home) = Home::new_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (signs_ssh, ssh_public) = ssh_key(folder.path(), "ed25519");
    let (signs_openpgp, openpgp_public) = openpgp_key(&home, "ada@example.com");
    let repository = tagged(&signs_ssh, &signs_openpgp);
    let served = repository.path().join(".git");
    let server = HttpServer::start(&[("a.git", &served)], Access::Open, Wire::Plain).await.unwrap();
    let keys = TrustedKeys { keyrings: vec![openpgp_public], authorized_keys: vec![ssh_public] };
    for url in [repository.url(), server.url("a.git")] {
        let fixture = Fixture::new();
        let check = async |reference: Reference, objects, expected| {
            let request = signed_by(request(&url, reference), objects, keys.clone());
            check(&repository, fetch(&fixture, &request).await, expected);
        };
        // The commit is at hand before its tags are looked at.
        fetch(&fixture, &request(&url, branch("main"))).await.unwrap();
        check(
            tag("v1.0.0"),
            SignedObjects::Tag,
            expect![[r#"
            tag 'v1.0.0@<id>' with <id>
        "#]],
        )
        .await;
        check(
            Reference::Name("refs/tags/v1.1.0".to_owned()),
            SignedObjects::Tag,
            expect![[r#"
            tag 'v1.1.0@<id>' with <id>
        "#]],
        )
        .await;
        check(
            Reference::SemVer("1.2.x".to_owned()),
            SignedObjects::TagAndCommit,
            expect![[r#"
            tag 'v1.2.0@<id>' with <id>
            commit '<id>' with <id>
        "#]],
        )
        .await;
        check(tag("v1.0.0"), SignedObjects::TagAndCommit, expect![[r#"
            (InvalidCommitSignature) signature verification of commit '<id>' failed: unable to verify Git commit: unsupported signature type: empty
        "#]]).await;
        check(
            tag("v1.3.0"),
            SignedObjects::Tag,
            expect![[r#"
            (InvalidGitObject) cannot verify signature of tag 'v1.3.0@<id>' since it is not signed
        "#]],
        )
        .await;
        check(
            tag("v1.3.0"),
            SignedObjects::Commit,
            expect![[r#"
            commit '<id>' with <id>
        "#]],
        )
        .await;
        check(
            tag("v1.4.0"),
            SignedObjects::TagAndCommit,
            expect![[r#"
            (InvalidGitObject) cannot verify signature of tag 'v1.4.0' since it is not signed
        "#]],
        )
        .await;
        check(
            branch("main"),
            SignedObjects::Tag,
            expect![[r#"
            (InvalidVerificationMode) cannot verify tag object's signature if a tag reference is not specified
        "#]],
        )
        .await;

        let request = signed_by(request(&url, tag("v1.2.0")), SignedObjects::Tag, keys.clone());
        let found = fetch(&fixture, &request).await.unwrap();
        assert_eq!(fixture.sources.artifact_at(&request, &found.revision).await.unwrap(), found);
        let elsewhere = format!("v1.2.0@sha1:{}", repository.git(["rev-parse", "main~1"]).unwrap());
        let moved = fixture.sources.artifact_at(&request, &elsewhere).await.unwrap_err();
        assert_eq!(moved.reason(SourceKind::GitRepository), "InvalidTagSignature");
    }
}
