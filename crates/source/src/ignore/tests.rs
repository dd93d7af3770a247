use expect_test::{Expect, expect};

use proptest::prelude::*;

use super::*;

/// Lists what of `files` stays, given `.sourceignore` files (path and content) and `spec.ignore`.
fn check(files: &[(&str, &str)], spec: Option<&str>, paths: &str, expected: Expect) {
    let files: Vec<(String, String)> =
        files.iter().map(|(folder, content)| ((*folder).to_owned(), (*content).to_owned())).collect();
    let rules = Rules::new(&files, spec);
    let kept: Vec<&str> = paths.split_whitespace().filter(|path| rules.keeps(path)).collect();
    expected.assert_eq(&kept.join(" "));
}

const SOME: &str = "a.yaml a.png d/b.jpg d/c.tar.gz d/x.zip .git/config .gitignore d/.gitignore .gitmodules \
                    .gitattributes .github/w.yml d/.github/w.yml .circleci/x .travis.yml d/.travis.yml \
                    .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml codeship-steps.yml .sops.yaml d/.sops.yaml \
                    d/e/.flux.yaml .goreleaser.yml .sourceignore d/readme.md";

#[test]
fn by_default_images_archives_and_pipelines_are_left_out() {
    check(&[], None, SOME, expect!["a.yaml .sourceignore d/readme.md"]);
}

#[test]
fn any_rule_removes_the_defaults_but_version_control() {
    let everything_else = "a.yaml a.png d/b.jpg d/c.tar.gz d/x.zip .github/w.yml d/.github/w.yml .circleci/x \
                           .travis.yml d/.travis.yml .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml \
                           codeship-steps.yml .sops.yaml d/.sops.yaml d/e/.flux.yaml .goreleaser.yml .sourceignore";
    let kept = |files: &[(&str, &str)], spec| {
        let files: Vec<(String, String)> =
            files.iter().map(|(folder, content)| ((*folder).to_owned(), (*content).to_owned())).collect();
        let rules = Rules::new(&files, spec);
        SOME.split_whitespace().filter(|path| rules.keeps(path)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(kept(&[("", "*.md\n")], None), everything_else);
    assert_eq!(kept(&[("d", "*.md\n")], None), everything_else);
    assert_eq!(kept(&[], Some("*.md")), everything_else);
    // Comments and blank lines are no rules.
    check(&[("", "# nothing\n\n   \n")], Some(""), SOME, expect!["a.yaml .sourceignore d/readme.md"]);
}

#[test]
fn the_examples_of_the_documentation() {
    check(
        &[],
        Some(
            "# exclude all\n/*\n# include deploy dir\n!/deploy\n# exclude file extensions from deploy dir\n/deploy/**/*.md\n/deploy/**/*.txt\n",
        ),
        "a.yaml src/deploy/x.yaml deploy/a.yaml deploy/readme.md deploy/a/notes.txt deploy/a/b/c.yaml .git/x",
        expect!["deploy/a.yaml deploy/a/b/c.yaml"],
    );
    check(
        &[("", "ignore-dir/*\n!ignore-dir/include\n")],
        None,
        "ignore-dir/file.yaml ignore-dir/include file.yaml",
        expect!["ignore-dir/include file.yaml"],
    );
}

#[test]
fn a_name_without_slash_matches_at_any_depth() {
    let paths = "x x/a d/x d/x/a xx d/xx/a";
    check(&[], Some("x"), paths, expect!["xx d/xx/a"]);
    check(&[], Some("x/"), paths, expect!["x d/x xx d/xx/a"]);
    check(&[], Some("x?"), paths, expect!["x x/a d/x d/x/a"]);
    check(&[], Some("*"), paths, expect![""]);
    check(&[], Some("**"), paths, expect![""]);
}

#[test]
fn a_name_with_slash_is_anchored() {
    let paths = "x x/a d/x d/x/a d/e/x d/e/x/a";
    check(&[], Some("/x"), paths, expect!["d/x d/x/a d/e/x d/e/x/a"]);
    check(&[], Some("/x/"), paths, expect!["x d/x d/x/a d/e/x d/e/x/a"]);
    check(&[], Some("d/x"), paths, expect!["x x/a d/e/x d/e/x/a"]);
    check(&[], Some("d/*/x"), paths, expect!["x x/a d/x d/x/a"]);
    check(&[], Some("d/*/"), paths, expect!["x x/a d/x"]);
}

#[test]
fn two_stars_cross_folders() {
    let paths = "x d/x d/e/x d/e/f/x d/xa";
    check(&[], Some("**/x"), paths, expect!["d/xa"]);
    check(&[], Some("d/**/x"), paths, expect!["x d/xa"]);
    check(&[], Some("d/**"), paths, expect!["x"]);
    check(&[], Some("d/e/**"), paths, expect!["x d/x d/xa"]);
    check(&[], Some("**/e/**"), paths, expect!["x d/x d/xa"]);
    // Two stars beside other characters are no rule at all.
    check(&[], Some("d/x**"), paths, expect!["x d/x d/e/x d/e/f/x d/xa"]);
}

#[test]
fn the_last_match_decides_even_below_a_left_out_folder() {
    let paths = "d/a d/b e/a";
    check(&[], Some("d\n!d/a"), paths, expect!["d/a e/a"]);
    check(&[], Some("!d/a\nd"), paths, expect!["e/a"]);
    check(&[], Some("*\n!a"), paths, expect!["d/a e/a"]);
    check(&[("", "a")], Some("!d/a"), paths, expect!["d/a d/b"]);
    check(&[("", "a"), ("d", "!a")], None, paths, expect!["d/a d/b"]);
    check(&[("", "a"), ("d", "!a")], Some("/d"), paths, expect![""]);
    // Version control comes first, so a rule can bring it back.
    check(&[], Some("!.gitignore"), ".gitignore .gitmodules", expect![".gitignore"]);
}

#[test]
fn rules_of_a_folder_stay_in_it() {
    let paths = "a d/a d/e/a dd/a f/d/a";
    check(&[("d", "a")], None, paths, expect!["a dd/a f/d/a"]);
    check(&[("d", "/a")], None, paths, expect!["a d/e/a dd/a f/d/a"]);
    check(&[("d", "d/a")], None, paths, expect!["a d/a d/e/a dd/a f/d/a"]);
    check(&[("d/e", "*"), ("d", "!e/a")], None, paths, expect!["a d/a dd/a f/d/a"]);
}

#[test]
fn odd_lines() {
    let paths = "a b #a !a";
    check(&[], Some("a   "), paths, expect!["b #a !a"]);
    check(&[], Some("a\r\nb\r\n"), paths, expect!["#a !a"]);
    check(&[], Some("\\#a"), paths, expect!["a b !a"]);
    check(&[], Some("\\!a"), paths, expect!["a b #a"]);
    check(&[], Some("!"), paths, expect!["a b #a !a"]);
    check(&[], Some("/"), paths, expect!["a b #a !a"]);
    check(&[], Some("[a"), paths, expect!["a b #a !a"]);
    check(&[], Some(" a"), paths, expect!["a b #a !a"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_rule_panics(rules in "[a-c*?/!\\[\\]^\\\\ .-]{0,16}", path in "[a-c]{1,3}(/[a-c.]{1,3}){0,3}") {
        Rules::new(&[], Some(&rules)).keeps(&path);
        Rules::new(&[("a".to_owned(), rules.clone())], None).keeps(&path);
    }

    #[test]
    fn a_path_is_left_out_by_its_own_name_and_brought_back(path in "[a-c]{1,3}(/[a-c]{1,3}){0,3}") {
        let kept = |rules: String| Rules::new(&[], Some(&rules)).keeps(&path);
        let (out, back) = (format!("/{path}"), format!("*\n!/{path}"));
        prop_assert!(!kept(out) && kept(back));
    }
}
