//! The names of schemas and references between them.

/// The name of a chart's schema itself.
pub(super) const ROOT: &str = "file:///values.schema.json";

/// A reference without its fragment, and the fragment, decoded.
pub(super) fn split(reference: &str) -> (&str, String) {
    let (url, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (url, decoded(fragment))
}

/// A reference from a schema of the name `base`, as RFC 3986 resolves it.
pub(super) fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    let Some(scheme) = scheme(base) else { return reference.to_owned() };
    let after_scheme = &base[scheme.len() + 1..];
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let Some(hierarchy) = after_scheme.strip_prefix("//") else {
        // A name without a hierarchy, such as a `urn:`, is nothing that could be relative to.
        return base.to_owned();
    };
    let (authority, path) = hierarchy.split_at(hierarchy.find(['/', '?']).unwrap_or(hierarchy.len()));
    let path = path.split('?').next().unwrap_or(path);
    let (own, query) = reference.split_at(reference.find('?').unwrap_or(reference.len()));
    let joined = match own {
        "" => path.to_owned(),
        own if own.starts_with('/') => without_dots(own),
        own => without_dots(&format!("{}/{own}", path.rsplit_once('/').map_or("", |(folder, _)| folder))),
    };
    format!("{scheme}://{authority}{joined}{query}")
}

fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next()?.is_ascii_alphabetic()
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

fn without_dots(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = path.split('/').skip(1).peekable();
    while let Some(name) = rest.next() {
        let is_last = rest.peek().is_none();
        match name {
            "." | ".." => {
                if name == ".." {
                    names.pop();
                }
                if is_last {
                    names.push("");
                }
            }
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// `%2F` and the like as what they stand for.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let [first, after @ ..] = rest {
        let code = match (first, after) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A name as part of a JSON pointer.
pub(super) fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_relative_to_where_they_stand() {
        for (base, reference, expected) in [
            (ROOT, "", ROOT),
            (ROOT, "other.json", "file:///other.json"),
            (ROOT, "https://example.com/a", "https://example.com/a"),
            ("https://example.com/a/b.json", "c.json", "https://example.com/a/c.json"),
            ("https://example.com/a/b.json", "/c.json", "https://example.com/c.json"),
            ("https://example.com/a/b.json", "../c/./d.json", "https://example.com/c/d.json"),
            ("https://example.com", "c.json", "https://example.com/c.json"),
            ("https://example.com/a?x=1", "?y=2", "https://example.com/a?y=2"),
            ("https://example.com/a/b", "//other.example/c", "https://other.example/c"),
            ("https://example.com/a/b", "..", "https://example.com/"),
            ("urn:example:a", "b", "urn:example:a"),
        ] {
            assert_eq!(join(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn fragments_are_decoded() {
        assert_eq!(split("a#/b%2Fc%20%zz%"), ("a", "/b/c %zz%".to_owned()));
        assert_eq!(split("a"), ("a", String::new()));
    }
}
