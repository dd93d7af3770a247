//! URLs, in the parts that Go's `net/url` has.

use crate::template::error::Failure;
use crate::template::function::{Arguments, Call, Function, text};
use crate::template::value::{Map, Text, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("urlParse", &[Type::String], |call, given| {
        call.produce(given.text(0).len().saturating_mul(2))?;
        let url = Url::parse(&given.string(0))
            .map_err(|problem| Failure::message(format!("unable to parse url: {problem}")))?;
        Ok(Value::Map(url.parts()))
    }),
    Function::new("urlJoin", &[Type::Map], join),
];

/// A URL in its parts.
#[derive(Default)]
pub(crate) struct Url {
    pub(crate) scheme: String,
    opaque: String,
    user: Option<String>,
    pub(crate) host: String,
    pub(crate) path: String,
    query: String,
    fragment: String,
}

impl Url {
    /// Reads a URL or a relative reference; the error is Go's.
    pub(crate) fn parse(whole: &str) -> Result<Url, String> {
        let problem = |reason: String| {
            let shown = crate::template::format::quote::quoted(whole.as_bytes());
            format!("parse {shown}: {reason}")
        };
        if whole.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err(problem("net/url: invalid control character in URL".to_owned()));
        }
        let mut url = Url::default();
        let (rest, fragment) = whole.split_once('#').unwrap_or((whole, ""));
        url.fragment = unescape(fragment).map_err(problem)?;
        let mut rest = rest;
        if let Some((scheme, after)) = scheme(rest).map_err(problem)? {
            url.scheme = scheme.to_lowercase();
            rest = after;
        }
        if let Some((before, query)) = rest.split_once('?') {
            url.query = query.to_owned();
            rest = before;
        }
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err(problem("first path segment in URL cannot contain colon".to_owned()));
            }
        }
        if let Some(after) = rest.strip_prefix("//").filter(|_| !rest.starts_with("///") || url.scheme.is_empty()) {
            let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
            let host = match authority.rsplit_once('@') {
                Some((user, host)) => {
                    url.user = Some(user_text(user).map_err(problem)?);
                    host
                }
                None => authority,
            };
            check_host(host).map_err(problem)?;
            check_port(host).map_err(problem)?;
            url.host = unescape(host).map_err(problem)?;
            rest = path;
        } else if rest.starts_with("///") {
            rest = &rest[2..];
        }
        url.path = unescape(rest).map_err(problem)?;
        Ok(url)
    }

    fn parts(&self) -> Map {
        let name = match self.host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name),
        };
        let parts = [
            ("scheme", self.scheme.as_str()),
            ("host", &self.host),
            ("hostname", name),
            ("path", &self.path),
            ("query", &self.query),
            ("opaque", &self.opaque),
            ("fragment", &self.fragment),
            ("userinfo", self.user.as_deref().unwrap_or_default()),
        ];
        parts.into_iter().map(|(key, value)| (Text::from(key), Value::string(value))).collect()
    }

    fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            if !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some() {
                if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
                    out.push_str("//");
                }
                if let Some(user) = &self.user {
                    out.push_str(user);
                    out.push('@');
                }
                out.push_str(&escape(&self.host, HOST));
            }
            let path = escape(&self.path, "-_.~$&+,/:;=@!'()*");
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                out.push('/');
            }
            out.push_str(&path);
        } else {
            out.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escape(&self.fragment, "-_.~$&+,/:;=?@!()*'"));
        }
        out
    }
}

/// The scheme in front of a colon and what follows, if there is one.
fn scheme(text: &str) -> Result<Option<(&str, &str)>, String> {
    for (index, character) in text.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            ':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok(Some((&text[..index], &text[index + 1..]))),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn user_text(user: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    const KEPT: &str = "-_.~$&+,;=";
    match user.split_once(':') {
        None => Ok(escape(&unescape(user)?, KEPT)),
        Some((name, password)) => {
            Ok(format!("{}:{}", escape(&unescape(name)?, KEPT), escape(&unescape(password)?, KEPT)))
        }
    }
}

/// What besides letters and digits stands for itself in a host.
const HOST: &str = "-_.~!$&'()*+,;=:[]<>\"";

fn check_host(host: &str) -> Result<(), String> {
    let allowed = |c: &char| !c.is_ascii() || c.is_ascii_alphanumeric() || *c == '%' || HOST.contains(*c);
    match host.chars().find(|c| !allowed(c)) {
        None => Ok(()),
        Some(character) => {
            let shown = crate::template::format::quote::quoted(character.encode_utf8(&mut [0; 4]).as_bytes());
            Err(format!("invalid character {shown} in host name"))
        }
    }
}

fn check_port(host: &str) -> Result<(), String> {
    let after = match host.strip_prefix('[') {
        Some(address) => address.split_once(']').ok_or("missing ']' in host")?.1,
        None => host.find(':').map_or("", |colon| &host[colon..]),
    };
    match after.strip_prefix(':') {
        None if after.is_empty() => Ok(()),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => {
            let shown = crate::template::format::quote::quoted(after.as_bytes());
            Err(format!("invalid port {shown} after host"))
        }
    }
}

fn unescape(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        if *byte != b'%' {
            out.push(*byte);
            index += 1;
            continue;
        }
        let digits = text.get(index + 1..index + 3).filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => out.push(decoded),
            None => {
                let shown: String = text[index..].chars().take(3).collect();
                let shown = crate::template::format::quote::quoted(shown.as_bytes());
                return Err(format!("invalid URL escape {shown}"));
            }
        }
        index += 3;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn escape(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn join(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let part = |key: &str| match given.map(0).and_then(|map| map.get(key.as_bytes())) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.lossy().into_owned()),
        Some(other) => Err(Failure::message(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind().name()
        ))),
    };
    let userinfo = part("userinfo")?;
    let user = match userinfo.as_str() {
        "" => None,
        written => Some(
            user_text(written)
                .map_err(|problem| Failure::message(format!("unable to parse userinfo in dict: {problem}")))?,
        ),
    };
    let url = Url {
        scheme: part("scheme")?,
        opaque: part("opaque")?,
        user,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        fragment: part("fragment")?,
    };
    text(call, url.text())
}
