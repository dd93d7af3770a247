//! `toYamlPretty`: lists are indented below their keys, and long text is not folded.

use serde_json::Value as Json;

/// A value as YAML, ending in a line break.
pub(super) fn write(json: &Json) -> String {
    let mut out = String::new();
    put(&mut out, json, 0, Place::Root);
    out
}

/// What precedes a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Key,
    Dash,
}

fn put(out: &mut String, json: &Json, indent: usize, place: Place) {
    match json {
        Json::Array(items) if !items.is_empty() => {
            match place {
                Place::Root => {}
                Place::Key => out.push('\n'),
                Place::Dash => out.push(' '),
            }
            for (index, item) in items.iter().enumerate() {
                if index > 0 || place == Place::Key {
                    out.push_str(&" ".repeat(indent));
                }
                out.push('-');
                put(out, item, indent + 2, Place::Dash);
            }
        }
        Json::Object(members) if !members.is_empty() => {
            match place {
                Place::Root => {}
                Place::Key => out.push('\n'),
                Place::Dash => out.push(' '),
            }
            for (index, (key, value)) in manifest::yaml::natural_order(members.iter()).into_iter().enumerate() {
                if index > 0 || place == Place::Key {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str(scalar(&Json::String(key.clone())).trim_end());
                out.push(':');
                put(out, value, indent + 2, Place::Key);
            }
        }
        other => {
            if place != Place::Root {
                out.push(' ');
            }
            let text = scalar(other);
            let mut lines = text.split_inclusive('\n');
            out.push_str(lines.next().unwrap_or_default());
            let inner = if place == Place::Root { 0 } else { indent.saturating_sub(2) };
            for line in lines {
                if line.trim_end_matches('\n').is_empty() {
                    out.push('\n');
                } else {
                    out.push_str(&" ".repeat(inner));
                    out.push_str(line);
                }
            }
        }
    }
}

/// A scalar on its own. Where the emitter folds a text, which only happens at single spaces, it is put together again.
fn scalar(json: &Json) -> String {
    let text = manifest::yaml::write(json);
    let block = text.starts_with('|');
    if block || text.matches('\n').count() <= 1 {
        return text;
    }
    let mut joined: String = text.lines().map(str::trim_start).collect::<Vec<_>>().join(" ");
    joined.push('\n');
    joined
}
