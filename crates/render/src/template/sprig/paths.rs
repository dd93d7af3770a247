//! Slash-separated paths, as Go's `path` has them.

use crate::template::function::{Function, text};
use crate::template::value::Type;

const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base", &[S], |call, given| text(call, base(&given.string(0)))),
    Function::new("dir", &[S], |call, given| text(call, directory(&given.string(0)))),
    Function::new("clean", &[S], |call, given| text(call, clean(&given.string(0)))),
    Function::new("ext", &[S], |call, given| text(call, extension(&given.string(0)))),
    Function::new("isAbs", &[S], |_, given| Ok(given.text(0).starts_with(b"/").into())),
    Function::new("osBase", &[S], |call, given| text(call, base(&given.string(0)))),
    Function::new("osDir", &[S], |call, given| text(call, directory(&given.string(0)))),
    Function::new("osClean", &[S], |call, given| text(call, clean(&given.string(0)))),
    Function::new("osExt", &[S], |call, given| text(call, extension(&given.string(0)))),
    Function::new("osIsAbs", &[S], |_, given| Ok(given.text(0).starts_with(b"/").into())),
];

/// The last part.
pub(crate) fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        None | Some("") => "/".to_owned(),
        Some(last) => last.to_owned(),
    }
}

/// Everything but the last part.
pub(crate) fn directory(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    clean(&path[..end])
}

/// The shortest form of a path.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.as_str()) {
        (true, _) => format!("/{joined}"),
        (false, "") => ".".to_owned(),
        (false, _) => joined,
    }
}

/// From the last dot of the last part on.
fn extension(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.').map_or_else(String::new, |dot| last[dot..].to_owned())
}
