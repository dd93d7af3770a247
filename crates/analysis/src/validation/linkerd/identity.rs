//! MeshTLSAuthentication: identities of clients.

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::{objects, refers_to};

/// What an identity of SPIFFE begins with.
const SPIFFE: &str = "spiffe://";

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    for field in spec.list("identities") {
        problems.judge(field, check_identity(field.as_str().unwrap_or_default()));
    }
    for reference in objects(spec, "identityRefs") {
        if refers_to(reference, "", "ServiceAccount") {
            continue;
        }
        let field = reference.get("kind").unwrap_or(reference);
        if !refers_to(reference, "", "Namespace") {
            problems.error(
                field,
                format!(
                    "`identityRefs` has a `{}`, and identities are those of a ServiceAccount or a Namespace",
                    reference.text("kind")
                ),
            );
        } else if let Some(namespace) = reference.get("namespace") {
            problems.error(namespace, "a Namespace is in no namespace");
        }
    }
}

/// The name of an identity: `*`, a DNS name that may begin with `*.`, or an identity of SPIFFE.
fn check_identity(identity: &str) -> Result<(), String> {
    let error = |why: &str| Err(format!("the identity `{identity}` {why}"));
    match identity.strip_prefix(SPIFFE) {
        Some(rest) => {
            let (domain, path) = rest.split_once('/').map_or((rest, None), |(domain, path)| (domain, Some(path)));
            let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
            let any = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if domain.is_empty() || !domain.bytes().all(lower) {
                return error("has no good trust domain");
            }
            let good = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(any);
            if path.is_some_and(|path| !path.split('/').all(good)) { error("has no good path") } else { Ok(()) }
        }
        None => {
            let name = identity.strip_prefix("*.").unwrap_or(identity);
            let label = |label: &str| {
                let bytes = label.as_bytes();
                let ends = [bytes.first(), bytes.last()];
                let word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                ends.into_iter().all(|end| end.is_some_and(word))
                    && bytes.iter().all(|byte| word(byte) || *byte == b'-')
            };
            if identity == "*" || name.split('.').all(label) { Ok(()) } else { error("is no DNS name in lower case") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_names_or_of_spiffe() {
        for (identity, expect) in [
            ("*", true),
            ("*.shop.serviceaccount.identity.linkerd.cluster.local", true),
            ("web.shop.serviceaccount.identity.linkerd.cluster.local", true),
            ("spiffe://example.com", true),
            ("spiffe://example.com/ns/shop", true),
            ("spiffe:///ns", false),
            ("spiffe://Example.com", false),
            ("spiffe://example.com/a//b", false),
            ("spiffe://example.com/", false),
            ("Web", false),
            ("a.*.b", false),
            ("", false),
        ] {
            assert_eq!(check_identity(identity).is_ok(), expect, "{identity}");
        }
    }
}
