//! `--mirror FROM=TO`: where addresses lead instead, for places without a way out.

use std::cmp::Reverse;
use std::str::FromStr;

/// One rule: addresses that begin with `from` lead to `to` and what followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    from: String,
    to: String,
}

/// Why a text is not a [`Mirror`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a mirror: {reason}; write FROM=TO, such as https://github.com/org=https://git.internal/mirror"
)]
pub struct MirrorError {
    text: String,
    reason: &'static str,
}

impl Mirror {
    /// A rule from one address to another.
    ///
    /// # Errors
    /// One of them is empty.
    pub fn new(from: &str, to: &str) -> Result<Mirror, MirrorError> {
        let refuse = |reason| MirrorError { text: format!("{from}={to}"), reason };
        if from.is_empty() {
            return Err(refuse("there is nothing before the `=`"));
        }
        if to.is_empty() {
            return Err(refuse("there is nothing after the `=`"));
        }
        Ok(Mirror { from: without_user(&with_lowercase_host(from)), to: to.to_owned() })
    }

    /// What follows `from` in the address, if that ends where a part of the path ends.
    fn rest<'a>(&self, address: &'a str) -> Option<&'a str> {
        let rest = address.strip_prefix(&self.from)?;
        let is_border = rest.is_empty() || self.from.ends_with(['/', ':']) || rest.starts_with(['/', ':', '?', '#']);
        // `https://host` is no prefix of `https://host:8443`, but `git@host` is one of `git@host:path`.
        let is_other_port = rest.starts_with(':') && self.from.contains("://") && !has_path(&self.from);
        (is_border && !is_other_port).then_some(rest)
    }
}

impl FromStr for Mirror {
    type Err = MirrorError;

    fn from_str(text: &str) -> Result<Mirror, MirrorError> {
        let refuse = |reason| MirrorError { text: text.to_owned(), reason };
        let (from, to) = text.split_once('=').ok_or_else(|| refuse("there is no `=`"))?;
        Mirror::new(from, to)
    }
}

/// Rules for the addresses of every kind of source: git (submodules too), Helm repositories (the addresses in their
/// indexes too), registries and buckets.
///
/// The longest `from` that matches counts, and it is applied once. It matches whole parts of paths only, whatever user
/// name an address has. Credentials go where the address leads. What is written in objects and statuses stays as
/// declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirrors {
    /// The longest first; of equally long ones, the one given first.
    rules: Vec<Mirror>,
}

impl Mirrors {
    /// Rules in the order they were given.
    pub fn new(rules: impl IntoIterator<Item = Mirror>) -> Mirrors {
        let mut rules: Vec<Mirror> = rules.into_iter().collect();
        rules.sort_by_key(|rule| Reverse(rule.from.trim_end_matches('/').len()));
        Mirrors { rules }
    }

    /// Where the address leads instead; `None` if to where it says.
    pub fn instead_of(&self, address: &str) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let with_user = with_lowercase_host(address);
        let address = without_user(&with_user);
        self.rules.iter().find_map(|rule| {
            let rest = rule.rest(&address)?;
            let is_doubled = rule.to.ends_with('/') && rest.starts_with('/');
            let joined = if is_doubled {
                format!("{}{rest}", rule.to.trim_end_matches('/'))
            } else {
                format!("{}{rest}", rule.to)
            };
            let lacks_slash = rule.from.ends_with('/') && !rule.to.ends_with(['/', ':']);
            Some(if lacks_slash && !rest.is_empty() { format!("{}/{rest}", rule.to) } else { joined })
        })
    }

    /// The address to use for the one declared.
    pub(crate) fn apply(&self, address: &str) -> String {
        self.instead_of(address).unwrap_or_else(|| address.to_owned())
    }
}

/// Where the host of an address begins and ends, user included.
fn authority(address: &str) -> (usize, usize) {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    (start, end)
}

fn has_path(address: &str) -> bool {
    authority(address).1 < address.len()
}

fn with_lowercase_host(address: &str) -> String {
    // A path of this machine has no host.
    if !address.contains("://") {
        return address.to_owned();
    }
    let (start, end) = authority(address);
    let host = address[start..end].rfind('@').map_or(start, |at| start + at + 1);
    format!(
        "{}{}{}{}",
        address[..start].to_ascii_lowercase(),
        &address[start..host],
        address[host..end].to_ascii_lowercase(),
        &address[end..]
    )
}

/// An address without the user and password of `scheme://user@host`, to be told to others; `user@host:path` has no scheme
/// and keeps its user.
pub fn without_user(address: &str) -> String {
    if !address.contains("://") {
        return address.to_owned();
    }
    let (start, end) = authority(address);
    match address[start..end].rfind('@') {
        Some(at) => format!("{}{}", &address[..start], &address[start + at + 1..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn addresses_that_are_told_hold_no_credentials() {
        for (url, told) in [
            ("https://example.com/a.git", "https://example.com/a.git"),
            ("https://ada:p@ss@example.com/a@b.git", "https://example.com/a@b.git"),
            ("https://ada@example.com?a=b@c", "https://example.com?a=b@c"),
            ("ssh://git@example.com:22", "ssh://example.com:22"),
            ("file:///srv/a.git", "file:///srv/a.git"),
            ("", ""),
        ] {
            assert_eq!(without_user(url), told, "{url}");
        }
    }

    fn check(rules: &[&str], addresses: &[&str], expected: Expect) {
        let mirrors = Mirrors::new(rules.iter().map(|rule| rule.parse().unwrap()));
        let shown = addresses.iter().map(|address| format!("{address} -> {}\n", mirrors.apply(address)));
        expected.assert_eq(&shown.collect::<String>());
    }

    #[test]
    fn prefixes_end_where_parts_of_paths_end() {
        check(
            &["https://github.com/org=http://127.0.0.1:8080/git", "oci://ghcr.io/org/=oci://registry.internal/mirror"],
            &[
                "https://github.com/org",
                "https://github.com/org/app.git",
                "https://github.com/organisation/app",
                "https://GitHub.com/org/app",
                "https://ada:secret@github.com/org/app",
                "https://github.com:8443/org/app",
                "http://github.com/org/app",
                "https://github.com/Org/app",
                "https://github.com/org?x=1",
                "oci://ghcr.io/org/charts",
                "oci://ghcr.io/org",
            ],
            expect![[r#"
                https://github.com/org -> http://127.0.0.1:8080/git
                https://github.com/org/app.git -> http://127.0.0.1:8080/git/app.git
                https://github.com/organisation/app -> https://github.com/organisation/app
                https://GitHub.com/org/app -> http://127.0.0.1:8080/git/app
                https://ada:secret@github.com/org/app -> http://127.0.0.1:8080/git/app
                https://github.com:8443/org/app -> https://github.com:8443/org/app
                http://github.com/org/app -> http://github.com/org/app
                https://github.com/Org/app -> https://github.com/Org/app
                https://github.com/org?x=1 -> http://127.0.0.1:8080/git?x=1
                oci://ghcr.io/org/charts -> oci://registry.internal/mirror/charts
                oci://ghcr.io/org -> oci://ghcr.io/org
            "#]],
        );
    }

    #[test]
    fn hosts_and_ssh() {
        check(
            &[
                "https://charts.example.com=https://mirror/charts/",
                "git@github.com:org=/srv/git",
                "ssh://github.com=ssh://git@mirror",
            ],
            &[
                "https://charts.example.com",
                "https://charts.example.com/",
                "https://charts.example.com/stable/a.tgz",
                "https://charts.example.com:444/a.tgz",
                "https://charts.example.company/a.tgz",
                "git@github.com:org/app.git",
                "git@github.com:organisation/app.git",
                "ssh://git@github.com/org/app",
                "/srv/local",
            ],
            expect![[r#"
                https://charts.example.com -> https://mirror/charts/
                https://charts.example.com/ -> https://mirror/charts/
                https://charts.example.com/stable/a.tgz -> https://mirror/charts/stable/a.tgz
                https://charts.example.com:444/a.tgz -> https://charts.example.com:444/a.tgz
                https://charts.example.company/a.tgz -> https://charts.example.company/a.tgz
                git@github.com:org/app.git -> /srv/git/app.git
                git@github.com:organisation/app.git -> git@github.com:organisation/app.git
                ssh://git@github.com/org/app -> ssh://git@mirror/org/app
                /srv/local -> /srv/local
            "#]],
        );
    }

    #[test]
    fn the_longest_counts_and_of_equal_ones_the_first() {
        check(
            &[
                "https://a=https://short",
                "https://a/b/c=https://long",
                "https://a/b=https://middle",
                "https://a/b=https://never",
            ],
            &["https://a/x", "https://a/b/x", "https://a/b/c/x", "https://a/b/cc", "https://short/x"],
            expect![[r#"
                https://a/x -> https://short/x
                https://a/b/x -> https://middle/x
                https://a/b/c/x -> https://long/x
                https://a/b/cc -> https://middle/cc
                https://short/x -> https://short/x
            "#]],
        );
    }

    #[test]
    fn says_how_a_rule_is_written() {
        let check = |text: &str, expected: Expect| expected.assert_eq(&text.parse::<Mirror>().unwrap_err().to_string());
        check(
            "https://a",
            expect![[
                r#""https://a" is not a mirror: there is no `=`; write FROM=TO, such as https://github.com/org=https://git.internal/mirror"#
            ]],
        );
        check(
            "=b",
            expect![[
                r#""=b" is not a mirror: there is nothing before the `=`; write FROM=TO, such as https://github.com/org=https://git.internal/mirror"#
            ]],
        );
        check(
            "a=",
            expect![[
                r#""a=" is not a mirror: there is nothing after the `=`; write FROM=TO, such as https://github.com/org=https://git.internal/mirror"#
            ]],
        );
    }
}
