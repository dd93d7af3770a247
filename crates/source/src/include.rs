//! `spec.include`: files of other sources, placed over a source's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::{Entry, normalise};

use crate::error::SourceError;
use crate::request::Include;

/// The tree with every include placed in it, in the given order; an included file replaces one at the same path.
///
/// Fails where `from_path` is not in the other tree, where a path leads out of a tree, and where a file would stand
/// in the place of a folder or the other way round.
pub fn compose(tree: &Tree, includes: &[Include]) -> Result<Tree, SourceError> {
    let mut entries: BTreeMap<String, Entry> =
        tree.entries().map(|(path, entry)| (path.to_string(), entry.clone())).collect();
    for include in includes {
        place(&mut entries, include, |entry| entry)?;
    }
    Ok(Tree::new(entries.into_iter().map(|(path, entry)| (Arc::from(path), entry)).collect()))
}

/// Places one include among `entries`.
pub(crate) fn place<E>(
    entries: &mut BTreeMap<String, E>,
    include: &Include,
    wrap: impl Fn(Entry) -> E,
) -> Result<(), SourceError> {
    let failed = |reason: &str| SourceError::Include {
        from: include.from_path.clone(),
        to: include.to_path.clone(),
        reason: reason.to_owned(),
    };
    let from = include.tree.resolve(&include.from_path).map_err(|error| failed(&error.to_string()))?;
    let to = normalise(&include.to_path).ok_or_else(|| failed("the target leads out of the source"))?;
    let mut found = false;
    for (path, entry) in include.tree.entries() {
        let Some(below) = below(path, &from) else { continue };
        found = true;
        let target = match (to.as_str(), below) {
            ("", "") => return Err(failed("a single file needs a target")),
            ("", below) => below.to_owned(),
            (to, "") => to.to_owned(),
            (to, below) => format!("{to}/{below}"),
        };
        if let Some(obstacle) = obstacle(entries, &target) {
            return Err(failed(&format!("{obstacle} is a file on one side and a folder on the other")));
        }
        entries.insert(target, wrap(entry.clone()));
    }
    if found { Ok(()) } else { Err(failed("no such file or folder in the included source")) }
}

/// The path relative to `folder`, empty where it is `folder` itself; `None` if it is elsewhere.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(folder)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// The path at which a file and a folder would meet if `target` became a file.
fn obstacle<E>(entries: &BTreeMap<String, E>, target: &str) -> Option<String> {
    let inside = format!("{target}/");
    if entries.range(inside.clone()..).next().is_some_and(|(path, _)| path.starts_with(&inside)) {
        return Some(target.to_owned());
    }
    target
        .match_indices('/')
        .map(|(at, _)| &target[..at])
        .find(|parent| entries.contains_key(*parent))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(base: &[&str], other: &[&str], from_path: &str, to_path: &str, expected: Expect) {
        let tree = |paths: &[&str], text: &str| Tree::from_texts(paths.iter().map(|path| (*path, text)));
        let include =
            Include { tree: tree(other, "theirs"), from_path: from_path.to_owned(), to_path: to_path.to_owned() };
        let shown = match compose(&tree(base, "ours"), &[include]) {
            Ok(tree) => tree
                .entries()
                .map(|(path, entry)| match entry {
                    Entry::File { content, .. } => format!("{path}={}", String::from_utf8_lossy(content)),
                    Entry::Link(target) => format!("{path}->{target}"),
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn places_all_or_a_part() {
        check(&["a"], &["x", "d/y"], "", "lib", expect!["a=ours lib/d/y=theirs lib/x=theirs"]);
        check(&["a"], &["x", "d/y", "dd/z"], "d", "lib", expect!["a=ours lib/y=theirs"]);
        check(&["a"], &["x", "d/y"], "./d/", "/lib/", expect!["a=ours lib/y=theirs"]);
        check(&["a"], &["x", "d/y"], "d/y", "lib/y", expect!["a=ours lib/y=theirs"]);
        check(&["a"], &["a", "d/y"], "", "", expect!["a=theirs d/y=theirs"]);
        check(&["lib/a", "lib/b"], &["a"], "", "lib", expect!["lib/a=theirs lib/b=ours"]);
    }

    #[test]
    fn says_what_cannot_be_placed() {
        check(
            &["a"],
            &["x"],
            "nope",
            "lib",
            expect![[r#"include from "nope" to "lib": no such file or folder in the included source"#]],
        );
        check(
            &["a"],
            &["x"],
            "../x",
            "lib",
            expect![[
                r#"include from "../x" to "lib": ../x: leads out of the source, which is not allowed; copy what it points at into the repository"#
            ]],
        );
        check(
            &["a"],
            &["x"],
            "",
            "../lib",
            expect![[r#"include from "" to "../lib": the target leads out of the source"#]],
        );
        check(
            &["a"],
            &["x"],
            "",
            "a",
            expect![[r#"include from "" to "a": a is a file on one side and a folder on the other"#]],
        );
        check(
            &["a/b"],
            &["x"],
            "x",
            "a",
            expect![[r#"include from "x" to "a": a is a file on one side and a folder on the other"#]],
        );
        check(&["a"], &["x"], "x", "", expect![[r#"include from "x" to "": a single file needs a target"#]]);
    }
}
