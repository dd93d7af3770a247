//! Addresses of the web, as Go's `net/url` reads them, as far as it says whether one is good.

/// What an address begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    /// In lower case; empty if there is none.
    pub(super) scheme: String,
}

/// Which of Go's two readings applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// `url.Parse`: relative addresses and fragments too.
    Any,
    /// `url.ParseRequestURI`: as the first line of a request has it.
    Request,
}

/// As Go's `url.Parse`.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    read(text, Reading::Any)
}

/// As Go's `url.ParseRequestURI`; what has no scheme may be a host.
pub(super) fn parse_with_host(text: &str) -> Result<Url, String> {
    read(text, Reading::Request).or_else(|why| read(&format!("http://{text}"), Reading::Request).map_err(|_| why))
}

fn read(text: &str, reading: Reading) -> Result<Url, String> {
    let error = |why: &str| Err(format!("`{text}` is no address: {why}"));
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return error("it has a control character");
    }
    if text.is_empty() && reading == Reading::Request {
        return error("it is empty");
    }
    let Some((scheme, rest)) = split_scheme(text) else { return error("it has no scheme before its colon") };
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') && text != "*" {
        if !scheme.is_empty() {
            return Ok(Url { scheme });
        }
        if reading == Reading::Request {
            return error("it is neither absolute nor a path");
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return error("its first part has a colon");
        }
    }
    let has_host =
        (!scheme.is_empty() || reading == Reading::Any && !rest.starts_with("///")) && rest.starts_with("//");
    let path = if has_host {
        let rest = &rest[2..];
        let end = rest.find('/').unwrap_or(rest.len());
        if let Err(why) = authority(&rest[..end]) {
            return error(why);
        }
        &rest[end..]
    } else {
        rest
    };
    if escapes(path).is_none() { error("it has a `%` that no two digits follow") } else { Ok(Url { scheme }) }
}

/// What stands before the first colon, if it can be a scheme; `None` if nothing stands there.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if position > 0 => {}
            b':' if position == 0 => return None,
            b':' => return Some((&text[..position], &text[position + 1..])),
            _ => return Some(("", text)),
        }
    }
    Some(("", text))
}

/// The values of the `%` escapes of a text; `None` if one is broken.
fn escapes(text: &str) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    for part in text.split('%').skip(1) {
        values.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        if part.starts_with('+') {
            return None;
        }
    }
    Some(values)
}

fn authority(text: &str) -> Result<(), &'static str> {
    let host = match text.rsplit_once('@') {
        Some((user, host)) => {
            let known = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
            if !user.chars().all(known) || escapes(user).is_none() {
                return Err("its user has characters that none has");
            }
            host
        }
        None => text,
    };
    let port = match host.strip_prefix('[') {
        Some(rest) => rest.rsplit_once(']').ok_or("its brackets do not match")?.1,
        None => host.rfind(':').map_or("", |colon| &host[colon..]),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if (!port.is_empty() && !port.starts_with(':')) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("its port is no number");
    }
    let known = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c);
    let escapes = escapes(host).ok_or("it has a `%` that no two digits follow")?;
    // Only what is not ASCII is escaped in a host, and the `%` of a zone.
    let escaped = escapes.iter().all(|value| !value.is_ascii() || *value == b'%');
    if host.chars().all(known) && escaped { Ok(()) } else { Err("its host has characters that none has") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_found() {
        for (text, expect) in [
            ("https://example.com/.well-known/jwks.json", Some("https")),
            ("HTTP://example.com:8080/a?b#c", Some("http")),
            ("file:///opt/filter.wasm", Some("file")),
            ("oci://registry.example/a:1", Some("oci")),
            ("mailto:a@example.com", Some("mailto")),
            ("/path", Some("")),
            ("", Some("")),
            ("://x", None),
            ("http://a b/", None),
            ("http://a:x/", None),
            ("http://[::1/", None),
            ("http://a/%zz", None),
            ("http://a%20b/", None),
            ("hTPp\\\u{8}lah", None),
        ] {
            assert_eq!(parse(text).ok().map(|url| url.scheme), expect.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_host_alone_will_do_for_a_module() {
        for (text, expect) in [
            ("test", Some("http")),
            ("registry.example/a:1", Some("http")),
            ("ftp://a", Some("ftp")),
            ("#%blah$#@", None),
            ("", Some("http")),
        ] {
            assert_eq!(parse_with_host(text).ok().map(|url| url.scheme), expect.map(str::to_owned), "{text}");
        }
    }
}
