//! What is on other hosts: refused, asked for, and used.

use expect_test::{Expect, expect};

use super::super::{Fetched, Options, Outcome, Remote, Reorder, build_with_remotes};
use super::{answered, check, tree};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n";

/// Builds with repositories by URL, and shows what is built or needed.
#[track_caller]
fn check_with(files: &str, repositories: &[(&str, &str)], expected: Expect) {
    let options = Options { reorder: Reorder::Unchanged, ..Options::default() };
    let mut fetched = Fetched::default();
    let mut shown = String::new();
    for _ in 0..4 {
        let needed = match build_with_remotes(&tree(files), "", &options, &fetched) {
            Ok(Outcome::Needs(needed)) => needed,
            Ok(Outcome::Built(manifests)) => {
                let values = manifests.iter().map(|manifest| &manifest.value);
                shown.push_str(&manifest::yaml::write_documents(values));
                break;
            }
            Err(diagnostics) => {
                shown.extend(diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")));
                break;
            }
        };
        for remote in needed {
            shown.push_str(&format!("needs {remote}\n"));
            match remote {
                Remote::Repository(repository) => {
                    let files =
                        repositories.iter().find(|(url, _)| *url == repository.url).map(|(_, files)| tree(files));
                    fetched.add_repository(repository, files.unwrap_or_else(|| tree("")));
                }
                Remote::Chart(_) => {}
                Remote::File(url) => {
                    let text = repositories.iter().find(|(known, _)| *known == url).map_or("", |(_, text)| text);
                    fetched.add_file(url, text.as_bytes().into());
                }
            }
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn they_are_off_unless_asked_for() {
    check(
        "## kustomization.yaml\nresources:\n- github.com/org/repo//base?ref=v1\n- https://example.com/pod.yaml\n",
        expect![[r#"
            kustomization.yaml:2:3: `github.com/org/repo//base?ref=v1`: remote bases are off
              Copy it into the repository, or allow it with --remote-bases.
            kustomization.yaml:3:3: `https://example.com/pod.yaml`: remote bases are off
              Copy it into the repository, or allow it with --remote-bases.
        "#]],
    );
}

#[test]
fn everything_that_is_missing_is_asked_for_at_once() {
    check_with(
        "## kustomization.yaml\nnamePrefix: p-\nresources:\n- github.com/org/repo//base?ref=v1\n- https://example.com/pod.yaml\n\
         components: [github.com/org/repo//component?ref=v1]\n",
        &[
            (
                "https://github.com/org/repo",
                "## base/kustomization.yaml\nresources: [../shared, github.com/org/other]\n## shared/kustomization.yaml\nresources: [b.yaml]\n## shared/b.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: b}}\n## component/kustomization.yaml\nkind: Component\nnameSuffix: -s\n",
            ),
            (
                "https://github.com/org/other",
                "## kustomization.yaml\nresources: [c.yaml]\n## c.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: c}}\n",
            ),
            ("https://example.com/pod.yaml", POD),
        ],
        expect![[r#"
            needs https://github.com/org/repo at v1
            needs https://example.com/pod.yaml
            needs https://github.com/org/other
            apiVersion: v1
            kind: Pod
            metadata:
              name: p-b-s
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: p-c-s
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: p-a-s
        "#]],
    );
}

#[test]
fn origins_name_the_repository() {
    check_with(
        "## kustomization.yaml\nbuildMetadata: [originAnnotations]\nresources: ['https://example.com/org/repo//base?ref=v1']\n",
        &[(
            "https://example.com/org/repo",
            "## base/kustomization.yaml\nresources: [a.yaml]\n## base/a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
        )],
        expect![[r#"
            needs https://example.com/org/repo at v1
            apiVersion: v1
            kind: Pod
            metadata:
              annotations:
                config.kubernetes.io/origin: |
                  path: base/a.yaml
                  repo: https://example.com/org/repo
                  ref: v1
              name: a
        "#]],
    );
}

#[test]
fn what_is_wrong_in_a_repository_is_shown_with_it() {
    check_with(
        "## kustomization.yaml\nresources: [github.com/org/repo//base, github.com/org/repo//none]\n",
        &[(
            "https://github.com/org/repo",
            "## base/kustomization.yaml\nresources: [a.yaml, ../../out.yaml]\n## base/a.yaml\nkind: Pod\n",
        )],
        expect![[r#"
            needs https://github.com/org/repo
            https://github.com/org/repo//base/a.yaml:1:1: the Pod has no `metadata.name`
            https://github.com/org/repo//base/kustomization.yaml:1:21: `../../out.yaml` leads out of the source, which is not allowed
            kustomization.yaml:1:40: `github.com/org/repo//none`: no such file or folder; looked for `none`
        "#]],
    );
}

#[test]
fn repositories_that_refer_to_each_other_are_a_cycle() {
    check_with(
        "## kustomization.yaml\nresources: [github.com/org/one]\n",
        &[
            ("https://github.com/org/one", "## kustomization.yaml\nresources: [github.com/org/two]\n"),
            ("https://github.com/org/two", "## kustomization.yaml\nresources: [github.com/org/one]\n"),
        ],
        expect![[r#"
            needs https://github.com/org/one
            needs https://github.com/org/two
            https://github.com/org/two//kustomization.yaml:1:13: kustomizations refer to each other in a cycle: https://github.com/org/one// → https://github.com/org/two// → https://github.com/org/one//
        "#]],
    );
}

#[test]
fn a_folder_of_the_tree_comes_first() {
    let files = "## kustomization.yaml\nresources: [github.com/org/repo]\n## github.com/org/repo/kustomization.yaml\nresources: [a.yaml]\n## github.com/org/repo/a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n";
    expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: a
    "#]]
    .assert_eq(&answered(&tree(files), "", &Options::default()));
}
