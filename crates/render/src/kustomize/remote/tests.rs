use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(entries: &[&str], expected: Expect) {
    let mut shown = String::new();
    for entry in entries {
        let line = match Reference::parse(entry) {
            None => "a path".to_owned(),
            Some(Reference { remote: Remote::File(url), .. }) => format!("file {url}"),
            Some(Reference { remote: Remote::Chart(chart), .. }) => format!("chart {chart}"),
            Some(Reference { remote: Remote::Repository(repository), folder }) => {
                let Repository { url, reference, submodules, timeout } = repository;
                let reference = reference.as_deref().unwrap_or("-");
                format!("{url} {reference} [{folder}] {submodules:?} {timeout:?}")
            }
        };
        shown.push_str(&format!("{entry}\n  {line}\n"));
    }
    expected.assert_eq(&shown);
}

#[test]
fn repositories_of_github() {
    check(
        &[
            "github.com/org/repo",
            "github.com/org/repo//deep/path?ref=v1.0",
            "https://github.com/org/repo/deep/path?ref=main&timeout=90&submodules=false",
            "github.com:org/repo.git/path?version=v2",
            "git@github.com:org/repo.git//path",
            "ssh://git@github.com/org/repo.git?timeout=1m30s",
            "git::https://github.com/org/repo.git",
            "GitHub.com/org/repo",
            "github.com/org",
        ],
        expect![[r#"
            github.com/org/repo
              https://github.com/org/repo - [] Fetch 27s
            github.com/org/repo//deep/path?ref=v1.0
              https://github.com/org/repo v1.0 [deep/path] Fetch 27s
            https://github.com/org/repo/deep/path?ref=main&timeout=90&submodules=false
              https://github.com/org/repo main [deep/path] Skip 90s
            github.com:org/repo.git/path?version=v2
              https://github.com/org/repo.git v2 [path] Fetch 27s
            git@github.com:org/repo.git//path
              git@github.com:org/repo.git - [path] Fetch 27s
            ssh://git@github.com/org/repo.git?timeout=1m30s
              git@github.com:org/repo.git - [] Fetch 90s
            git::https://github.com/org/repo.git
              https://github.com/org/repo.git - [] Fetch 27s
            GitHub.com/org/repo
              https://github.com/org/repo - [] Fetch 27s
            github.com/org
              a path
        "#]],
    );
}

#[test]
fn repositories_of_others() {
    check(
        &[
            "https://example.com/org/repo//a/b?ref=x%2Fy",
            "https://user@dev.azure.com/org/project/_git/repo/path",
            "git@example.com:group/repo.git",
            "ssh://git@example.com:7999/team/repo.git//over?ref=a+b",
            "http://127.0.0.1:8080/repo.git//base",
            "file:///srv/git/repo.git//base?ref=v1",
            "file:///srv/git/repo",
            "https://example.com/org/repo//../out",
        ],
        expect![[r#"
            https://example.com/org/repo//a/b?ref=x%2Fy
              https://example.com/org/repo x/y [a/b] Fetch 27s
            https://user@dev.azure.com/org/project/_git/repo/path
              https://user@dev.azure.com/org/project/_git/repo - [path] Fetch 27s
            git@example.com:group/repo.git
              git@example.com:group/repo.git - [] Fetch 27s
            ssh://git@example.com:7999/team/repo.git//over?ref=a+b
              ssh://git@example.com:7999/team/repo.git a b [over] Fetch 27s
            http://127.0.0.1:8080/repo.git//base
              http://127.0.0.1:8080/repo.git - [base] Fetch 27s
            file:///srv/git/repo.git//base?ref=v1
              file:///srv/git/repo.git v1 [base] Fetch 27s
            file:///srv/git/repo
              file:///srv/git/repo - [] Fetch 27s
            https://example.com/org/repo//../out
              a path
        "#]],
    );
}

#[test]
fn files_and_paths() {
    check(
        &[
            "https://raw.example.com/org/repo/main/deploy.yaml",
            "https://example.com/a/b.yaml?token=x",
            "https://example.com/manifests",
            "https://github.com/org/repo//deploy.yaml?ref=v1",
            "../base",
            "base",
            "/abs/base",
            "host.example/base",
            "a@b/c",
            "",
        ],
        expect![[r#"
            https://raw.example.com/org/repo/main/deploy.yaml
              file https://raw.example.com/org/repo/main/deploy.yaml
            https://example.com/a/b.yaml?token=x
              file https://example.com/a/b.yaml?token=x
            https://example.com/manifests
              file https://example.com/manifests
            https://github.com/org/repo//deploy.yaml?ref=v1
              https://github.com/org/repo v1 [deploy.yaml] Fetch 27s
            ../base
              a path
            base
              a path
            /abs/base
              a path
            host.example/base
              a path
            a@b/c
              a path

              a path
        "#]],
    );
}
