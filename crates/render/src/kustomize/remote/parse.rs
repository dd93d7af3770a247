//! Which entries of a kustomization name something remote, and what they name (kustomize's `git.NewRepoSpecFromURL`).

use std::time::Duration;

use super::{Reference, Remote, Repository, Submodules};

/// How long git may take if an entry does not say.
const TIMEOUT: Duration = Duration::from_secs(27);
/// How many names of a path are the repository's where nothing says so: owner and repository.
const OWNER_AND_REPOSITORY: usize = 2;
const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", "file://"];

impl Reference {
    /// What an entry means if it is no path of the tree.
    pub(crate) fn parse(entry: &str) -> Option<Reference> {
        if entry.starts_with('/') {
            return None;
        }
        if is_file(entry) {
            return Some(Reference { remote: Remote::File(entry.to_owned()), folder: String::new() });
        }
        Reference::to_repository(entry).or_else(|| {
            // What no repository can be, a server may still have.
            let is_http = is_http(entry) && !entry.split('/').any(|part| part == "..");
            is_http.then(|| Reference { remote: Remote::File(entry.to_owned()), folder: String::new() })
        })
    }

    fn to_repository(entry: &str) -> Option<Reference> {
        let (location, query) = entry.split_once('?').unwrap_or((entry, ""));
        let (host, rest) = host(location)?;
        let (path, folder) = split_path(&rest, host.starts_with("file://"))?;
        let folder = manifest::tree::normalise(&folder)?;
        if path.is_empty() {
            return None;
        }
        let mut repository = Repository {
            url: format!("{host}{path}"),
            reference: None,
            submodules: Submodules::Fetch,
            timeout: TIMEOUT,
        };
        read_query(query, &mut repository);
        Some(Reference { remote: Remote::Repository(repository), folder })
    }
}

fn is_http(entry: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| strip_prefix(entry, scheme).is_some())
}

/// Whether an entry is the URL of one file: upstream asks the server, here its ending tells.
fn is_file(entry: &str) -> bool {
    let location = entry.split_once('?').map_or(entry, |(location, _)| location);
    let path = location.split_once("://").map_or(location, |(_, path)| path);
    let ending = path.rsplit('.').next().unwrap_or_default();
    is_http(entry)
        && !path.contains("//")
        && !path.contains(".git/")
        && !path.contains("_git/")
        && ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The part of a location that names the server, and the rest.
fn host(location: &str) -> Option<(String, String)> {
    let location = strip_prefix(location, "git::").unwrap_or(location);
    let scheme = SCHEMES.iter().find(|scheme| strip_prefix(location, scheme).is_some()).copied().unwrap_or_default();
    let location = &location[scheme.len()..];
    if scheme == "file://" {
        return Some((scheme.to_owned(), location.to_owned()));
    }
    let (user, location) = match location.split_once('@') {
        Some((user, _)) if is_user(user) => location.split_at(user.len() + 1),
        Some(_) | None => ("", location),
    };
    let is_github = ["github.com/", "github.com:"].iter().any(|host| strip_prefix(location, host).is_some());
    let by_colon = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !by_colon {
        return None;
    }
    let slash = location.find('/');
    let colon = location.find(':').filter(|colon| by_colon && *colon > 0 && slash.is_none_or(|slash| *colon < slash));
    let (server, rest) = match colon.or(slash) {
        Some(end) => location.split_at(end + 1),
        None => (location, ""),
    };
    if is_github {
        let by_ssh = scheme == "ssh://" || !user.is_empty();
        let server = if by_ssh { format!("{user}github.com:") } else { "https://github.com/".to_owned() };
        return Some((server, rest.to_owned()));
    }
    (!server.is_empty()).then(|| (format!("{scheme}{user}{server}"), rest.to_owned()))
}

fn is_user(user: &str) -> bool {
    user.starts_with(|first: char| first.is_ascii_alphabetic())
        && user.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
}

/// The path of the repository, and that of the folder in it.
fn split_path(path: &str, is_local: bool) -> Option<(String, String)> {
    if let Some(start) = path.find("_git/").map(|start| start + "_git/".len()) {
        let (repository, folder) = path[start..].split_once('/').unwrap_or((&path[start..], ""));
        return Some((format!("{}{repository}", &path[..start]), folder.to_owned()));
    }
    if let Some((repository, folder)) = path.split_once("//") {
        return Some((repository.to_owned(), folder.to_owned()));
    }
    if let Some(end) = path.find(".git").map(|start| start + ".git".len()) {
        return Some((path[..end].to_owned(), path[end..].to_owned()));
    }
    if is_local {
        return Some((path.to_owned(), String::new()));
    }
    let names: Vec<&str> = path.split('/').collect();
    let (repository, folder) = names.split_at_checked(OWNER_AND_REPOSITORY)?;
    Some((repository.join("/"), folder.join("/")))
}

/// `ref` or `version`, `submodules` and `timeout`; what makes no sense counts as not written.
fn read_query(query: &str, repository: &mut Repository) {
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| unescaped(value))
    };
    repository.reference = value("ref").or_else(|| value("version"));
    if let Some("0" | "f" | "F" | "false" | "FALSE" | "False") = value("submodules").as_deref() {
        repository.submodules = Submodules::Skip;
    }
    if let Some(timeout) = value("timeout").as_deref().and_then(duration).filter(|timeout| !timeout.is_zero()) {
        repository.timeout = timeout;
    }
}

/// Seconds, or Go's notation: `90`, `1m30s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at(digits);
        let units = [("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
        let (unit, seconds) = units.iter().find(|(unit, _)| after.starts_with(unit))?;
        total += number.parse::<f64>().ok()? * seconds;
        rest = &after[unit.len()..];
    }
    Duration::try_from_secs_f64(total).ok()
}

/// A value of a query without its escapes.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `text` behind a prefix, whose case does not matter.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}
