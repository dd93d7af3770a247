//! What a registry wants before it answers: the `WWW-Authenticate` header.

use std::collections::BTreeMap;

/// How to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// With a name and a password.
    Basic,
    /// With a token from somewhere else.
    Bearer {
        /// Where tokens are given.
        realm: String,
        /// For whom.
        service: Option<String>,
        /// What for.
        scope: Option<String>,
    },
}

impl Challenge {
    /// The first challenge of a header that can be met; `None` if there is none.
    pub(super) fn parse(header: &str) -> Option<Challenge> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Challenge::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut parameters = parameters(rest);
        let realm = parameters.remove("realm").filter(|realm| !realm.is_empty())?;
        Some(Challenge::Bearer { realm, service: parameters.remove("service"), scope: parameters.remove("scope") })
    }
}

/// `name="value",name=value`, with `\` before any character inside quotes.
fn parameters(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.chars().peekable();
    loop {
        let name: String = std::iter::from_fn(|| rest.next_if(|character| *character != '=')).collect();
        if rest.next().is_none() {
            return found;
        }
        let mut value = String::new();
        if rest.next_if_eq(&'"').is_some() {
            while let Some(character) = rest.next() {
                match character {
                    '"' => break,
                    '\\' => value.extend(rest.next()),
                    other => value.push(other),
                }
            }
        } else {
            value.extend(std::iter::from_fn(|| rest.next_if(|character| *character != ',')));
        }
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        found.entry(name).or_insert_with(|| value.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_challenges() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            Some(Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.map(str::to_owned),
                scope: scope.map(str::to_owned),
            })
        };
        let check = |header: &str, expected: Option<Challenge>| {
            assert_eq!(Challenge::parse(header), expected, "{header}");
        };
        check(
            r#"Bearer realm="https://auth.example.com/token",service="registry",scope="repository:org/app:pull""#,
            bearer("https://auth.example.com/token", Some("registry"), Some("repository:org/app:pull")),
        );
        check(
            r#"bearer Realm=https://a/t, service="with, comma and \"quotes\"""#,
            bearer("https://a/t", Some("with, comma and \"quotes\""), None),
        );
        check(r#"Basic realm="x""#, Some(Challenge::Basic));
        check("Basic", Some(Challenge::Basic));
        check(r#"Bearer service="x""#, None);
        check("Negotiate", None);
        check("", None);
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "(Bearer )?[a-z=\", \\\\]{0,60}") {
            let _ = Challenge::parse(&header);
        }
    }
}
