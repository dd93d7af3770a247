//! Names and values of HTTP headers.

use mesh::Field;

use super::problem::Problems;

/// The pseudo headers of HTTP/2, which may be matched and not changed.
const PSEUDO: [&str; 5] = [":method", ":scheme", ":authority", ":path", ":status"];
/// What a header must begin with that stands for the claims of a request's token.
const CLAIMS: &str = "@request.auth.claims";

/// Whether a text is a token of HTTP (RFC 7230).
fn is_token(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

/// Letters, digits and hyphens, and underscores where `underscore` says so.
fn is_plain(text: &str, underscore: &[u8]) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || underscore.contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

fn good(name: &str, is_good: impl FnOnce(&str) -> bool) -> Result<(), String> {
    if is_good(name) { Ok(()) } else { Err(format!("`{name}` is no name of a header")) }
}

/// A header that a probe sends.
pub(super) fn of_probe(name: &str) -> Result<(), String> {
    good(name, |name| is_plain(name, b""))
}

/// A header that a claim is copied to.
pub(super) fn of_claim(name: &str) -> Result<(), String> {
    good(name, |name| is_plain(name, b"_"))
}

/// A header that a cross-origin policy allows, or `*`.
pub(super) fn of_cors(name: &str) -> Result<(), String> {
    good(name, |name| name == "*" || is_token(name))
}

/// A header that is matched: a pseudo header, a claim of the token, or any other.
pub(super) fn matched(name: &str) -> Result<(), String> {
    good(name, |name| is_claim(name) || PSEUDO.contains(&name) || is_token(name))
}

/// Whether a matched header is a claim of the request's token: `@request.auth.claims.sub` or `@request.auth.claims[sub]`.
pub(super) fn is_claim(name: &str) -> bool {
    let Some((start, rest)) = name.split_at_checked(CLAIMS.len()) else { return false };
    let dotted = rest.strip_prefix('.').is_some_and(|claim| !claim.is_empty());
    let bracketed =
        rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|claim| !claim.is_empty());
    start.eq_ignore_ascii_case(CLAIMS) && (dotted || bracketed)
}

/// Whether a header is the host that a request is for.
pub(super) fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

/// `set`, `add` and `remove`, of requests and responses.
pub(super) fn operations<'w>(headers: Field<'w>, problems: &mut Problems<'w>) {
    for (side, message) in [("request", headers.get("request")), ("response", headers.get("response"))] {
        let Some(message) = message else { continue };
        for (name, value) in message.map("set").chain(message.map("add")) {
            problems.judge(value, written(name, side));
            problems.judge(value, content(value.as_str().unwrap_or_default()));
        }
        for name in message.list("remove") {
            problems.judge(name, changed(name.as_str().unwrap_or_default()));
        }
    }
}

/// A header that is set or added: in a request also the host.
fn written(name: &str, side: &str) -> Result<(), String> {
    if side == "request" && is_authority(name) { Ok(()) } else { changed(name) }
}

fn changed(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("the name of a header is empty".to_owned())
    } else if name.starts_with(':') || name.eq_ignore_ascii_case("host") {
        Err(format!("the header `{name}` cannot be changed here"))
    } else {
        Ok(())
    }
}

/// Where the reader of a header's value stands (Envoy's header formatter).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Text that stands for itself.
    Text,
    /// The name of a variable: `%NAME`.
    Name,
    /// After the parenthesis, before a list or an argument.
    Arguments,
    /// In a list, before the quote of its next item.
    List,
    /// In an argument, or in an item of a list.
    Argument,
    /// After an item of a list.
    AfterItem,
    /// After the list, before the parenthesis.
    AfterList,
    /// After the parenthesis, before the last `%`.
    AfterArguments,
}

/// A value as Envoy formats it: `%VARIABLE%`, `%VARIABLE(argument)%` or `%VARIABLE(["a", "b"])%`, and `%%` for a percent sign.
fn content(value: &str) -> Result<(), String> {
    let control = |byte: u8| byte != b'\t' && byte.is_ascii_control();
    if value.bytes().any(control) {
        return Err("the value of a header has a control character".to_owned());
    }
    let error =
        || Err(format!("the value `{value}` of a header has a `%` that begins no variable; write `%%` for the sign"));
    let mut inside = Inside::Text;
    let mut bytes = value.bytes().peekable();
    while let Some(byte) = bytes.next() {
        inside = match (inside, byte) {
            (Inside::Text, b'%') => match bytes.peek() {
                None => return error(),
                Some(b'%') => {
                    bytes.next();
                    Inside::Text
                }
                Some(_) => Inside::Name,
            },
            (Inside::Name | Inside::AfterArguments, b'%') => Inside::Text,
            (Inside::Name, b'(') => Inside::Arguments,
            (Inside::Arguments, b'[') => Inside::List,
            (Inside::Arguments, b' ') => Inside::Arguments,
            (Inside::Arguments, _) | (Inside::List, b'"') => Inside::Argument,
            (Inside::Argument, b'\\') => {
                if bytes.next().is_none() {
                    return error();
                }
                Inside::Argument
            }
            (Inside::Argument | Inside::AfterList, b')') => Inside::AfterArguments,
            (Inside::Argument, b'"') => Inside::AfterItem,
            (Inside::AfterItem, b',') => Inside::List,
            (Inside::AfterItem, b']') => Inside::AfterList,
            (Inside::Text | Inside::Name | Inside::Argument, _) => inside,
            (Inside::List | Inside::AfterItem | Inside::AfterList | Inside::AfterArguments, b' ') => inside,
            (Inside::List | Inside::AfterItem | Inside::AfterList | Inside::AfterArguments, _) => return error(),
        };
    }
    if inside == Inside::Text { Ok(()) } else { error() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_formats_of_envoy() {
        for (value, expect) in [
            ("", true),
            ("plain", true),
            ("100%%", true),
            ("%HOSTNAME%", true),
            ("before %HOSTNAME% after", true),
            ("%REQ(x-id)%", true),
            ("%UPSTREAM_METADATA([\"a\", \"b\"])%", true),
            ("%UPSTREAM_METADATA([\"a\" , \"b\\\"\"] ) %", true),
            ("abc%", false),
            ("abc%123", false),
            ("%START_TIME%%", false),
            ("%REQ(x%", false),
            ("%REQ(x)y%", false),
            ("%U([a])%", false),
            ("%U([\"a\" \"b\"])%", false),
            ("%U([\"a\\", false),
            ("a\nb", false),
            ("a\tb", true),
        ] {
            assert_eq!(content(value).is_ok(), expect, "{value}");
        }
    }

    #[test]
    fn claims_are_headers_too() {
        for (name, claim, matches) in [
            ("@request.auth.claims.sub", true, true),
            ("@Request.Auth.Claims[a][b]", true, true),
            ("@request.auth.claims", false, false),
            ("@request.auth.claims.", false, false),
            ("@request.auth.claims-sub", false, false),
            ("x-user", false, true),
            (":path", false, true),
            (":other", false, false),
            ("ä", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_claim(name), matched(name).is_ok()), (claim, matches), "{name}");
        }
    }
}
