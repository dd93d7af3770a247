//! Addresses of repositories.

use std::path::{Path, PathBuf};

/// The path of an address on this machine: `file://` addresses and plain paths; `None` for any other.
///
/// As for git, `host:path` is an ssh address unless a slash stands before the colon, and `file://` addresses may hold
/// percent escapes.
pub fn local_path(url: &str) -> Option<PathBuf> {
    if let Some((scheme, rest)) = url.split_once("://") {
        if !scheme.eq_ignore_ascii_case("file") {
            return None;
        }
        let path = rest.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(rest);
        return path.starts_with('/').then(|| PathBuf::from(percent_decode(path)));
    }
    let is_remote = url.split_once(':').is_some_and(|(host, _)| !host.contains('/') && !host.is_empty());
    (!url.is_empty() && !is_remote).then(|| Path::new(url).to_path_buf())
}

/// The address without the name and password in it, for messages.
pub(crate) fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    match authority.rsplit_once('@') {
        // The name alone is no secret for ssh, and tells which account was tried.
        Some((user, host)) if scheme.eq_ignore_ascii_case("ssh") && !user.contains(':') => {
            format!("{scheme}://{user}@{host}{path}")
        }
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => url.to_owned(),
    }
}

/// The text with its percent escapes resolved; as it is, if that is no UTF-8.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_paths_from_remotes() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(local_path(url), expected.map(PathBuf::from), "{url}");
        };
        check("file:///srv/a.git", Some("/srv/a.git"));
        check("FILE:///srv/a.git", Some("/srv/a.git"));
        check("file://localhost/srv/a.git", Some("/srv/a.git"));
        check("file:///srv/a%20b%2", Some("/srv/a b%2"));
        check("file://elsewhere/srv", None);
        check("/srv/a.git", Some("/srv/a.git"));
        check("./a", Some("./a"));
        check("../a:b", Some("../a:b"));
        check(".", Some("."));
        check("a", Some("a"));
        check("git@example.com:a.git", None);
        check("example.com:a.git", None);
        check("https://example.com/a.git", None);
        check("ssh://git@example.com/a.git", None);
        check("", None);
    }

    #[test]
    fn redacts_names_and_passwords() {
        let check = |url: &str, expected: &str| assert_eq!(redact(url), expected);
        check("https://ada:secret@example.com/a.git", "https://example.com/a.git");
        check("https://token@example.com/a@b", "https://example.com/a@b");
        check("https://ada:se@cret@example.com", "https://example.com");
        check("https://example.com/a@b", "https://example.com/a@b");
        check("ssh://git@example.com/a.git", "ssh://git@example.com/a.git");
        check("ssh://git:secret@example.com/a.git", "ssh://example.com/a.git");
        check("git@example.com:a.git", "git@example.com:a.git");
        check("/srv/a", "/srv/a");
    }
}
