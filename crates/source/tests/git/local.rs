//! Repositories and directories on this machine.

use expect_test::expect;
use source::{Fetched, Include, Reference, SourceError, Submodules, head_branch};
use testkit::git::Repository;

use super::{Fixture, branch, files, new, request, tag};

#[tokio::test]
async fn every_kind_of_reference() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    let first = repository.commit([("a.yaml", "a: 1\n")], "first").unwrap();
    repository.tag("v1.0.0").unwrap();
    repository.annotated_tag("v1.1.0", "one").unwrap();
    let second = repository.commit([("a.yaml", "a: 2\n")], "second").unwrap();
    repository.branch("next").unwrap();
    let third = repository.commit([("a.yaml", "a: 3\n")], "third").unwrap();
    repository.git(["update-ref", "refs/pull/1/head", &third]).unwrap();
    let commit =
        |sha: &str, branch: Option<&str>| Reference::Commit { sha: sha.into(), branch: branch.map(Into::into) };
    let name = |name: &str| Reference::Name(name.to_owned());
    for (reference, revision, content) in [
        (branch("main"), format!("main@sha1:{second}"), "a.yaml: a: 2"),
        (branch("next"), format!("next@sha1:{third}"), "a.yaml: a: 3"),
        (tag("v1.0.0"), format!("v1.0.0@sha1:{first}"), "a.yaml: a: 1"),
        (tag("v1.1.0"), format!("v1.1.0@sha1:{first}"), "a.yaml: a: 1"),
        (Reference::SemVer(">=1".into()), format!("v1.1.0@sha1:{first}"), "a.yaml: a: 1"),
        (commit(&second, None), format!("sha1:{second}"), "a.yaml: a: 2"),
        (commit(&second, Some("main")), format!("main@sha1:{second}"), "a.yaml: a: 2"),
        (name("refs/pull/1/head"), format!("refs/pull/1/head@sha1:{third}"), "a.yaml: a: 3"),
        (name("refs/heads/main"), format!("refs/heads/main@sha1:{second}"), "a.yaml: a: 2"),
        (name("HEAD"), format!("HEAD@sha1:{third}"), "a.yaml: a: 3"),
    ] {
        let request = request(repository.url(), reference);
        let artifact = fixture.artifact(&request).await;
        assert_eq!((artifact.revision.as_str(), files(&artifact).as_str()), (revision.as_str(), content));
        assert_eq!(artifact.digest, artifact.tree.digest());
        let again = fixture.sources.fetch(&request, Some(&revision)).await.unwrap();
        assert_eq!(again, Fetched::Unchanged);
    }
}

#[tokio::test]
async fn the_commit_is_described() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    let id = repository.commit([("a", "")], "Change a\n\nBecause of b.\n").unwrap();
    let commit = fixture.artifact(&request(repository.url(), branch("main"))).await.commit.unwrap();
    assert_eq!((commit.id.as_str(), commit.summary()), (id.as_str(), "Change a"));
    expect![[r#"Ada Example <ada@example.com> 2026-01-01T00:00:00Z: "Change a\n\nBecause of b.""#]]
        .assert_eq(&format!("{} <{}> {}: {:?}", commit.author_name, commit.author_email, commit.time, commit.message));
}

#[tokio::test]
async fn plain_paths_and_bare_repositories_and_folders() {
    let fixture = Fixture::new();
    let (repository, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
    repository.commit([("a.yaml", "a: 1\n")], "first").unwrap();
    repository.push_to(&bare).unwrap();
    for path in [repository.path(), bare.path()] {
        let artifact = fixture.artifact(&request(path.to_str().unwrap(), branch("main"))).await;
        assert_eq!(files(&artifact), "a.yaml: a: 1");
        assert_eq!(head_branch(path).unwrap().as_deref(), Some("main"));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.yaml"), "b: 1\n").unwrap();
    let request = request(format!("file://{}", folder.path().display()), branch("main"));
    let artifact = fixture.artifact(&request).await;
    assert_eq!(files(&artifact), "b.yaml: b: 1");
    assert_eq!(artifact.revision, format!("latest@{}", artifact.digest));
    assert_eq!(fixture.sources.fetch(&request, Some(&artifact.revision)).await.unwrap(), Fetched::Unchanged);
    assert_eq!(fixture.sources.artifact_at(&request, &artifact.revision).await.unwrap(), artifact);
    assert_eq!(fixture.sources.log(&request, 5).await.unwrap(), []);
    assert_eq!(head_branch(folder.path()).unwrap(), None);
}

#[tokio::test]
async fn what_is_committed_counts_and_not_the_working_tree() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    repository.commit([("a.yaml", "committed")], "first").unwrap();
    repository.write("a.yaml", "changed").unwrap();
    repository.write("b.yaml", "new").unwrap();
    assert_eq!(files(&fixture.artifact(&request(repository.url(), branch("main"))).await), "a.yaml: committed");
}

#[cfg(unix)]
#[tokio::test]
async fn modes_links_and_rules() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    let script = repository.write("run.sh", "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("apps/a.yaml", repository.path().join("link")).unwrap();
    repository
        .commit([("apps/a.yaml", "a"), ("apps/a.png", "x"), (".github/w.yml", "x"), ("notes.md", "n")], "first")
        .unwrap();
    let mut request = request(repository.url(), branch("main"));
    expect![[r#"
        apps/a.yaml: a
        link -> apps/a.yaml
        notes.md: n
        run.sh*: #!/bin/sh"#]]
    .assert_eq(&files(&fixture.artifact(&request).await));
    request.ignore = Some("/*\n!/apps/\n".to_owned());
    expect![[r#"
        apps/a.png: x
        apps/a.yaml: a"#]]
    .assert_eq(&files(&fixture.artifact(&request).await));
    request.ignore = None;
    request.sparse = vec!["./apps".to_owned()];
    expect!["apps/a.yaml: a"].assert_eq(&files(&fixture.artifact(&request).await));
    request.sparse = vec!["nope".to_owned()];
    expect![[r#"failed to sparse checkout directories: "nope" does not exist in the repository"#]]
        .assert_eq(&fixture.error(&request).await);
}

#[tokio::test]
async fn includes_are_placed_before_rules_apply() {
    let fixture = Fixture::new();
    let [own, other] = [(); 2].map(|()| Repository::create().unwrap());
    own.commit([(".sourceignore", "*.md\n"), ("a.yaml", "own")], "first").unwrap();
    other.commit([("lib/b.yaml", "theirs"), ("lib/readme.md", "x"), ("c.yaml", "x")], "first").unwrap();
    let tree = fixture.artifact(&request(other.url(), branch("main"))).await.tree;
    let mut request = request(own.url(), branch("main"));
    request.includes = vec![Include { tree, from_path: "lib".into(), to_path: "vendor".into() }];
    expect![[r#"
        .sourceignore: *.md
        a.yaml: own
        vendor/b.yaml: theirs"#]]
    .assert_eq(&files(&fixture.artifact(&request).await));
}

#[tokio::test]
async fn submodules_are_read_when_asked_for() {
    let fixture = Fixture::new();
    let [inner, library, app] = [(); 3].map(|()| Repository::create().unwrap());
    inner.commit([("inner.yaml", "i")], "inner").unwrap();
    let add = |to: &Repository, from: &Repository, path: &str| {
        to.git(["submodule", "--quiet", "add", "--force", &from.url(), path]).unwrap();
    };
    add(&library, &inner, "deep");
    library.commit([("library.yaml", "l")], "library").unwrap();
    add(&app, &library, "vendor/library");
    app.commit([("app.yaml", "a")], "app").unwrap();
    let mut request = request(app.url(), branch("main"));
    expect!["app.yaml: a"].assert_eq(&files(&fixture.artifact(&request).await));
    request.submodules = Submodules::Recurse;
    expect![[r#"
        app.yaml: a
        vendor/library/deep/inner.yaml: i
        vendor/library/library.yaml: l"#]]
    .assert_eq(&files(&fixture.artifact(&request).await));
}

#[tokio::test]
async fn the_past_can_be_read() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    let first = repository.commit([("a", "1")], "first").unwrap();
    let second = repository.commit([("a", "2")], "second").unwrap();
    let request = request(repository.url(), branch("main"));
    let revision = format!("main@sha1:{first}");
    let past = fixture.sources.artifact_at(&request, &revision).await.unwrap();
    assert_eq!((past.revision.as_str(), files(&past).as_str()), (revision.as_str(), "a: 1"));
    let log = fixture.sources.log(&request, 10).await.unwrap();
    let ids: Vec<&str> = log.iter().map(|commit| commit.id.as_str()).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    assert_eq!(fixture.sources.log(&request, 1).await.unwrap().len(), 1);
    let unknown = "0".repeat(40);
    let error = fixture.sources.artifact_at(&request, &format!("main@sha1:{unknown}")).await.unwrap_err();
    assert!(matches!(error, SourceError::UnknownCommit { ref commit, .. } if *commit == unknown), "{error}");
}

#[tokio::test]
async fn unchanged_files_are_shared_between_revisions() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    repository.commit([("same", "x"), ("other", "1")], "first").unwrap();
    let request = request(repository.url(), branch("main"));
    let first = fixture.artifact(&request).await;
    repository.commit([("other", "2")], "second").unwrap();
    let second = new(fixture.sources.fetch(&request, Some(&first.revision)).await);
    assert!(std::sync::Arc::ptr_eq(first.tree.read("same").unwrap(), second.tree.read("same").unwrap()));
}

#[tokio::test]
async fn errors_name_the_cause() {
    let fixture = Fixture::new();
    let (repository, empty) = (Repository::create().unwrap(), Repository::create().unwrap());
    repository.commit([("a", "")], "first").unwrap();
    repository.branch("feature/login").unwrap();
    let check = async |url: &str, reference, expected: expect_test::Expect| {
        let error = fixture.error(&request(url, reference)).await;
        let [repository, empty] = [&repository, &empty].map(|repository| repository.path().display().to_string());
        expected.assert_eq(&error.replace(&repository, "/repository").replace(&empty, "/empty"));
    };
    check(
        &repository.url(),
        branch("mian"),
        expect![[r#"file:///repository: no branch "mian"; similar ones: main, feature/login"#]],
    )
    .await;
    check(&repository.url(), tag("v1"), expect![[r#"file:///repository: no tag "v1""#]]).await;
    check(
        &repository.url(),
        Reference::SemVer(">=1".into()),
        expect![[r#"file:///repository: no tag matches the version range ">=1""#]],
    )
    .await;
    check(
        &repository.url(),
        Reference::Commit { sha: "1".repeat(40), branch: None },
        expect!["file:///repository: no commit 1111111111111111111111111111111111111111; check that it was pushed and not rewritten, or set spec.ref.branch to the branch it is on if the server gives no commit by its id"],
    )
    .await;
    check(&empty.url(), branch("main"), expect!["file:///empty: git repository is empty; push a commit to it"]).await;
    check(
        "/nonexistent/repository",
        branch("main"),
        expect!["/nonexistent/repository: not a git repository: no such folder; check the path, and that these credentials may see it"],
    )
    .await;
}

#[tokio::test]
async fn forged_trees_are_refused() {
    let fixture = Fixture::new();
    let repository = Repository::create().unwrap();
    repository.commit([("a", "x")], "first").unwrap();
    let blob = repository.git(["rev-parse", "HEAD:a"]).unwrap();
    // A tree by hand: mode, name, NUL, and the id in bytes.
    let forge = |name: &[u8]| {
        let id: Vec<u8> = (0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap()).collect();
        let raw = [b"100644 ".as_slice(), name, b"\0", &id].concat();
        let file = repository.path().join(".git/forged");
        std::fs::write(&file, raw).unwrap();
        let tree = repository.git(["hash-object", "-t", "tree", "-w", "--literally", file.to_str().unwrap()]).unwrap();
        let commit = repository.git(["commit-tree", "-m", "forged", &tree]).unwrap();
        repository.git(["update-ref", "refs/heads/forged", &commit]).unwrap();
    };
    let request = request(repository.url(), branch("forged"));
    for (name, expected) in [
        (b"..".as_slice(), "..: not a usable file name; the repository was not made by git"),
        (b"../x", "../x: not a usable file name; the repository was not made by git"),
        (b"a\xff", "a\u{fffd}: the name is not UTF-8; rename it"),
    ] {
        forge(name);
        assert_eq!(fixture.error(&request).await, expected);
    }
}
