//! From a reference to a commit, among the references that a repository has.

use gix::ObjectId;

use crate::candidates::{highest_versions, most_similar};
use crate::error::SourceError;
use crate::request::Reference;
use manifest::semver_range::{self, VersionRange};

/// A reference of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advertised {
    /// Its full name.
    pub(super) name: String,
    /// The commit it stands for; annotated tags are followed.
    pub(super) commit: ObjectId,
}

/// A reference that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its full name in the repository.
    pub(super) name: String,
    /// What stands before the `@` of the revision.
    pub(super) label: String,
    /// The commit it stands for.
    pub(super) commit: ObjectId,
}

impl Target {
    /// The revision of the target at a commit.
    pub(super) fn revision_at(&self, commit: ObjectId) -> String {
        revision(Some(&self.label), commit)
    }
}

/// What a reference means among those that a repository has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// One of them.
    One(Target),
    /// Versions that differ in nothing but build metadata: the one with the latest commit counts.
    Latest(Vec<Target>),
}

/// `label@sha1:<hex>`, or `sha1:<hex>` without a label.
pub(super) fn revision(label: Option<&str>, commit: ObjectId) -> String {
    match label {
        Some(label) => format!("{label}@sha1:{commit}"),
        None => format!("sha1:{commit}"),
    }
}

/// What a reference needs to know of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One reference by its full name.
    Exactly(String),
    /// All references under a prefix that ends with a slash.
    Under(&'static str),
    /// None: it is a commit.
    Commit(ObjectId),
}

/// What has to be listed to resolve the reference.
pub(super) fn wanted(reference: &Reference) -> Result<Wanted, SourceError> {
    let exactly = |name: String| {
        let valid = name == "HEAD" || gix::validate::reference::name(name.as_str().into()).is_ok();
        if valid { Ok(Wanted::Exactly(name)) } else { Err(invalid(reference, "git allows no such name")) }
    };
    match reference {
        Reference::Branch(name) => exactly(format!("refs/heads/{name}")),
        Reference::Tag(name) => exactly(format!("refs/tags/{name}")),
        Reference::Name(name) => {
            let name = name.strip_suffix("^{}").unwrap_or(name);
            if name != "HEAD" && !name.starts_with("refs/") {
                return Err(invalid(reference, "give the full name, such as refs/heads/main"));
            }
            exactly(name.to_owned())
        }
        Reference::SemVer(range) => {
            parse_range(reference, range)?;
            Ok(Wanted::Under("refs/tags/"))
        }
        Reference::Commit { sha, .. } => commit_id(sha).map(Wanted::Commit),
    }
}

/// The id in its full form.
pub(super) fn commit_id(sha: &str) -> Result<ObjectId, SourceError> {
    ObjectId::from_hex(sha.as_bytes()).map_err(|_| SourceError::InvalidReference {
        reference: format!("commit {sha:?}"),
        reason: "give all 40 hexadecimal digits".to_owned(),
    })
}

/// Chooses among what the repository has.
pub(super) fn choose(url: &str, reference: &Reference, advertised: &[Advertised]) -> Result<Chosen, SourceError> {
    let find = |full: &str, label: &str| match advertised.iter().find(|advertised| advertised.name == full) {
        Some(Advertised { name, commit }) => {
            Ok(Target { name: name.clone(), label: label.to_owned(), commit: *commit })
        }
        None => Err(unknown(url, reference, full, advertised)),
    };
    match reference {
        Reference::Branch(name) => find(&format!("refs/heads/{name}"), name).map(Chosen::One),
        Reference::Tag(name) => find(&format!("refs/tags/{name}"), name).map(Chosen::One),
        Reference::Name(name) => find(name.strip_suffix("^{}").unwrap_or(name), name).map(Chosen::One),
        Reference::Commit { sha, branch } => {
            let commit = commit_id(sha)?;
            let label = branch.clone().unwrap_or_default();
            Ok(Chosen::One(Target { name: sha.clone(), label, commit }))
        }
        Reference::SemVer(text) => {
            let range = parse_range(reference, text)?;
            let tags = || advertised.iter().filter_map(|advertised| advertised.name.strip_prefix("refs/tags/"));
            match semver_range::highest(&range, tags()).as_slice() {
                [] => Err(SourceError::NoMatchingVersion {
                    url: url.to_owned(),
                    range: text.clone(),
                    candidates: highest_versions(tags()),
                }),
                [only] => find(&format!("refs/tags/{only}"), only).map(Chosen::One),
                several => {
                    let targets = several.iter().map(|tag| find(&format!("refs/tags/{tag}"), tag));
                    targets.collect::<Result<_, _>>().map(Chosen::Latest)
                }
            }
        }
    }
}

fn parse_range(reference: &Reference, text: &str) -> Result<VersionRange, SourceError> {
    text.parse().map_err(|error: semver_range::RangeError| invalid(reference, &error.to_string()))
}

fn invalid(reference: &Reference, reason: &str) -> SourceError {
    SourceError::InvalidReference { reference: reference.to_string(), reason: reason.to_owned() }
}

/// The error for a name that is not there, with the most similar names of its kind.
fn unknown(url: &str, reference: &Reference, full: &str, advertised: &[Advertised]) -> SourceError {
    let namespace = namespace(full);
    let wanted = full.strip_prefix(namespace).unwrap_or(full);
    let names = advertised.iter().filter_map(|advertised| advertised.name.strip_prefix(namespace));
    let candidates = most_similar(wanted, names);
    SourceError::UnknownReference { url: url.to_owned(), reference: reference.to_string(), candidates }
}

/// The namespace of branches or tags that a name stands in; empty for other names.
pub(super) fn namespace(full: &str) -> &'static str {
    ["refs/heads/", "refs/tags/"].into_iter().find(|namespace| full.starts_with(namespace)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const NAMES: [&str; 11] = [
        "HEAD",
        "refs/heads/main",
        "refs/heads/feature/login",
        "refs/heads/maintenance",
        "refs/pull/1/head",
        "refs/tags/v1.0.0",
        "refs/tags/v1.1.0",
        "refs/tags/v2.0.0-rc.1",
        "refs/tags/1.1.0+two",
        "refs/tags/nightly",
        "refs/tags/v0.9.0",
    ];

    fn advertised() -> Vec<Advertised> {
        let id = |at: usize| ObjectId::from_hex(format!("{at:040x}").as_bytes()).unwrap();
        NAMES.iter().enumerate().map(|(at, name)| Advertised { name: (*name).to_owned(), commit: id(at) }).collect()
    }

    fn check(reference: Reference, expected: Expect) {
        let outcome = wanted(&reference).and_then(|_| choose("https://example.com/a", &reference, &advertised()));
        let shown = match outcome {
            Ok(chosen) => match chosen {
                Chosen::One(target) => vec![target],
                Chosen::Latest(targets) => targets,
            }
            .iter()
            .map(|target| {
                format!(
                    "{} {}",
                    target.name,
                    target.revision_at(target.commit).replace("sha1:0000000000000000000000000000000000", "…")
                )
            })
            .collect::<Vec<_>>()
            .join("\n"),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn finds_branches_tags_and_names() {
        check(Reference::Branch("main".into()), expect!["refs/heads/main main@…000001"]);
        check(Reference::Branch("feature/login".into()), expect!["refs/heads/feature/login feature/login@…000002"]);
        check(Reference::Tag("nightly".into()), expect!["refs/tags/nightly nightly@…000009"]);
        check(Reference::Name("refs/pull/1/head".into()), expect!["refs/pull/1/head refs/pull/1/head@…000004"]);
        check(Reference::Name("HEAD".into()), expect!["HEAD HEAD@…000000"]);
        check(
            Reference::Name("refs/tags/nightly^{}".into()),
            expect!["refs/tags/nightly refs/tags/nightly^{}@…000009"],
        );
    }

    #[test]
    fn finds_the_highest_version() {
        check(Reference::SemVer("<1.1".into()), expect!["refs/tags/v1.0.0 v1.0.0@…000005"]);
        check(
            Reference::SemVer("1.x".into()),
            expect![[r#"
            refs/tags/v1.1.0 v1.1.0@…000006
            refs/tags/1.1.0+two 1.1.0+two@…000008"#]],
        );
        check(Reference::SemVer(">=2.0.0-0".into()), expect!["refs/tags/v2.0.0-rc.1 v2.0.0-rc.1@…000007"]);
        check(
            Reference::SemVer(">=3".into()),
            expect![[
                r#"https://example.com/a: no tag matches the version range ">=3"; similar ones: v2.0.0-rc.1, 1.1.0+two, v1.1.0, v1.0.0, v0.9.0"#
            ]],
        );
    }

    #[test]
    fn names_similar_references() {
        check(
            Reference::Branch("mian".into()),
            expect![[r#"https://example.com/a: no branch "mian"; similar ones: main, maintenance, feature/login"#]],
        );
        check(
            Reference::Tag("v1.0".into()),
            expect![[
                r#"https://example.com/a: no tag "v1.0"; similar ones: v1.0.0, v1.1.0, v0.9.0, 1.1.0+two, nightly"#
            ]],
        );
        check(
            Reference::Name("refs/pull/2/head".into()),
            expect![[
                r#"https://example.com/a: no reference "refs/pull/2/head"; similar ones: refs/pull/1/head, refs/heads/main, refs/tags/nightly, refs/tags/v0.9.0, refs/tags/v1.0.0"#
            ]],
        );
    }

    #[test]
    fn refuses_what_cannot_be_a_reference() {
        check(
            Reference::Branch("a..b".into()),
            expect![[r#"branch "a..b" is not a valid reference: git allows no such name"#]],
        );
        check(
            Reference::Branch(String::new()),
            expect![[r#"branch "" is not a valid reference: git allows no such name"#]],
        );
        check(
            Reference::Name("main".into()),
            expect![[r#"reference "main" is not a valid reference: give the full name, such as refs/heads/main"#]],
        );
        check(
            Reference::Commit { sha: "abc".into(), branch: None },
            expect![[r#"commit "abc" is not a valid reference: give all 40 hexadecimal digits"#]],
        );
        check(
            Reference::SemVer("latest".into()),
            expect![[
                r#"version "latest" is not a valid reference: "latest" is not a version range: cannot read "latest"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#
            ]],
        );
    }
}
