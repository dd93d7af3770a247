//! Paths as Istio's proxies see them: made canonical before anything is matched (`MeshConfig.pathNormalization`).

use std::borrow::Cow;

use crate::World;
use crate::request::Request;

/// How paths are made canonical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Normalization {
    /// Not at all.
    None,
    /// `.` and `..` are resolved, and backslashes are slashes.
    Base,
    /// Several slashes are one, too.
    MergeSlashes,
    /// Slashes and backslashes that are written with `%` are such, too.
    DecodeAndMergeSlashes,
}

/// The request with the path that policies and routes of Istio see.
pub(crate) fn normalized<'r>(world: &World, request: &'r Request) -> Cow<'r, Request> {
    let wanted = world.mesh_config().value()["pathNormalization"]["normalization"].as_str();
    let normalization = match wanted {
        Some("NONE") => Normalization::None,
        Some("MERGE_SLASHES") => Normalization::MergeSlashes,
        Some("DECODE_AND_MERGE_SLASHES") => Normalization::DecodeAndMergeSlashes,
        Some(_) | None => Normalization::Base,
    };
    let path = normalize(&request.path, normalization);
    if path == request.path { Cow::Borrowed(request) } else { Cow::Owned(Request { path, ..request.clone() }) }
}

fn normalize(path: &str, normalization: Normalization) -> String {
    if normalization == Normalization::None || !path.starts_with('/') {
        return path.to_owned();
    }
    let mut path = path.to_owned();
    if normalization == Normalization::DecodeAndMergeSlashes {
        for encoded in ["%2F", "%2f"] {
            path = path.replace(encoded, "/");
        }
        for encoded in ["%5C", "%5c"] {
            path = path.replace(encoded, "\\");
        }
    }
    path = path.replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = path[1..].split('/').peekable();
    while let Some(segment) = parts.next() {
        let last = parts.peek().is_none();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." => segments.extend(last.then_some("")),
            ".." => {
                segments.pop();
                segments.extend(last.then_some(""));
            }
            _ => segments.push(segment),
        }
    }
    let merged = matches!(normalization, Normalization::MergeSlashes | Normalization::DecodeAndMergeSlashes);
    if merged {
        let end = segments.len().saturating_sub(1);
        let mut position = 0;
        segments.retain(|segment| {
            position += 1;
            !segment.is_empty() || position > end
        });
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_canonical_as_far_as_is_wanted() {
        for (path, none, base, merged, decoded) in [
            ("/a/b", "/a/b", "/a/b", "/a/b", "/a/b"),
            ("/a/../b", "/a/../b", "/b", "/b", "/b"),
            ("/a/./b/", "/a/./b/", "/a/b/", "/a/b/", "/a/b/"),
            ("/a/..", "/a/..", "/", "/", "/"),
            ("/../../x", "/../../x", "/x", "/x", "/x"),
            ("/a/%2e%2E/b", "/a/%2e%2E/b", "/b", "/b", "/b"),
            ("/a//b", "/a//b", "/a//b", "/a/b", "/a/b"),
            ("//", "//", "//", "/", "/"),
            ("/a\\b", "/a\\b", "/a/b", "/a/b", "/a/b"),
            ("/a%2Fb%5cc", "/a%2Fb%5cc", "/a%2Fb%5cc", "/a%2Fb%5cc", "/a/b/c"),
            ("/", "/", "/", "/", "/"),
            ("*", "*", "*", "*", "*"),
        ] {
            let found = [
                Normalization::None,
                Normalization::Base,
                Normalization::MergeSlashes,
                Normalization::DecodeAndMergeSlashes,
            ]
            .map(|normalization| normalize(path, normalization));
            assert_eq!(found, [none, base, merged, decoded], "{path}");
        }
    }
}
