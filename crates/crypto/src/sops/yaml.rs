//! YAML files, changed where they stand: what SOPS writes when it encrypts is what it writes when it decrypts, but for the
//! values. So order, comments and indentation are those of `sops decrypt`.

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle};
use manifest::yaml::{AsWritten, Place, as_written, plain};

use super::cipher::DataKey;
use super::decrypt::{self, Integrity};
use super::{Format, Keys, METADATA, Node, SopsError, data_key, split};

/// How far SOPS indents.
const INDENT: u64 = 4;

/// What an encrypted comment begins with.
const COMMENT: &str = "#ENC[AES256_GCM,";

/// A text in place of what stands in one line between two columns.
struct Edit {
    line: usize,
    columns: (usize, usize),
    text: String,
}

/// The file with its values decrypted.
pub(super) fn decrypt(text: &str, keys: &Keys) -> Result<String, SopsError> {
    let written = document(text)?;
    let (tree, metadata) = split(node(&written))?;
    let key = data_key::find(&metadata, keys)?;
    let decrypted = decrypt::decrypt(&tree, &metadata, &key, Integrity::OfEverything)?;
    let AsWritten::Map { members, .. } = &written else { return Err(SopsError::NoMetadata) };
    let mut edits = Vec::new();
    let kept = members.iter().filter(|(key, ..)| key != METADATA);
    if let Node::Map(values) = &decrypted {
        for ((_, start, member), (_, value)) in kept.zip(values) {
            collect(member, value, Parent::Map(start.1), &mut edits)?;
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut paths = Vec::new();
    comment_paths(&written, &mut Vec::new(), &mut paths);
    for (line, content) in lines.iter().enumerate() {
        edits.extend(comment(line, content, &paths, &key));
    }
    Ok(edited(&lines, edits, metadata_lines(members, lines.len())))
}

/// The values of a file.
pub(super) fn read(text: &str) -> Result<Node, SopsError> {
    document(text).map(|written| node(&written))
}

fn document(text: &str) -> Result<AsWritten, SopsError> {
    as_written(text).ok_or_else(|| SopsError::Unreadable {
        format: Format::Yaml,
        why: "it is broken, or has several documents, anchors or tags; encrypt each document as a file of its own"
            .to_owned(),
    })
}

fn node(written: &AsWritten) -> Node {
    match written {
        AsWritten::Scalar { text, is_plain: true, .. } => match plain(text) {
            Ok(value) => Node::from(&value),
            Err(_) => Node::Text(text.clone()),
        },
        AsWritten::Scalar { text, .. } => Node::Text(text.clone()),
        AsWritten::List { items, .. } => Node::List(items.iter().map(node).collect()),
        AsWritten::Map { members, .. } => {
            Node::Map(members.iter().map(|(key, _, value)| (key.clone(), node(value))).collect())
        }
    }
}

/// What a value stands in, and at which column.
#[derive(Clone, Copy)]
enum Parent {
    Map(u64),
    List(u64),
}

impl Parent {
    /// Where the lines of a block in it begin: at the next step of the indentation, or behind the dash.
    fn block(self) -> usize {
        let column = match self {
            Parent::Map(column) => INDENT * ((column + INDENT) / INDENT),
            Parent::List(column) => column,
        };
        usize::try_from(column).unwrap_or_default()
    }
}

/// Edits for all values that are no longer what is written.
fn collect(written: &AsWritten, value: &Node, parent: Parent, edits: &mut Vec<Edit>) -> Result<(), SopsError> {
    match (written, value) {
        (AsWritten::Map { members, .. }, Node::Map(values)) => {
            for ((_, start, member), (_, value)) in members.iter().zip(values) {
                collect(member, value, Parent::Map(start.1), edits)?;
            }
        }
        (AsWritten::List { items, .. }, Node::List(values)) => {
            for (item, value) in items.iter().zip(values) {
                collect(item, value, Parent::List(column(item)), edits)?;
            }
        }
        (AsWritten::Scalar { start, end, .. }, value) if node(written) != *value => {
            if start.0 != end.0 {
                let why = "an encrypted value does not stand on one line; encrypt the file again".to_owned();
                return Err(SopsError::Unreadable { format: Format::Yaml, why });
            }
            let at = |place: &Place| usize::try_from(place.1).unwrap_or_default();
            let line = usize::try_from(start.0).unwrap_or_default();
            edits.push(match value {
                // In place of an item, from its dash on.
                Node::Comment(text) => {
                    Edit { line, columns: (at(start).saturating_sub(2), at(end)), text: format!("#{text}") }
                }
                value => Edit { line, columns: (at(start), at(end)), text: scalar(value, parent)? },
            });
        }
        _ => {}
    }
    Ok(())
}

fn column(written: &AsWritten) -> u64 {
    match written {
        AsWritten::Scalar { start, .. } | AsWritten::List { start, .. } | AsWritten::Map { start, .. } => start.1,
    }
}

/// A value as yaml.v3 writes it.
fn scalar(value: &Node, parent: Parent) -> Result<String, SopsError> {
    let no_text = SopsError::Output { format: Format::Yaml, why: "a value is not UTF-8" };
    let text = match value {
        Node::Text(text) => text,
        Node::Bool(value) => return Ok(value.to_string()),
        Node::Int(number) => return Ok(number.to_string()),
        Node::Float(number) => return Ok(manifest::yaml::float_text(*number)),
        Node::Null => return Ok("null".to_owned()),
        Node::Bytes(_) | Node::Comment(_) | Node::List(_) | Node::Map(_) => return Err(no_text),
    };
    let style = match () {
        () if text.contains('\n') => ScalarStyle::Literal,
        () if is_text_when_plain(text) => ScalarStyle::Plain,
        () => ScalarStyle::DoubleQuoted,
    };
    let written = emitted(text, style).ok_or(no_text)?;
    let mut lines = written.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let margin = " ".repeat(usize::try_from(INDENT).unwrap_or_default());
    Ok(lines.fold(first, |all, line| match line.strip_prefix(&margin) {
        Some(content) => format!("{all}\n{}{content}", " ".repeat(parent.block())),
        None => format!("{all}\n{line}"),
    }))
}

/// Whether yaml.v3 reads a text as itself where it stands without quotes, and older readers do, too.
fn is_text_when_plain(text: &str) -> bool {
    const OLD_BOOLEANS: [&str; 16] =
        ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];
    let is_itself = plain(text).is_ok_and(|value| value.as_str() == Some(text));
    let is_base_60 = text.contains(':')
        && text.starts_with(|first: char| first.is_ascii_digit() || first == '-' || first == '+')
        && text.chars().all(|character| character.is_ascii_digit() || ":._+-".contains(character));
    is_itself && !is_base_60 && !OLD_BOOLEANS.contains(&text)
}

/// What libyaml makes of a text, as the value of a key.
fn emitted(text: &str, style: ScalarStyle) -> Option<String> {
    let mut out = Vec::new();
    {
        let mut emitter = Emitter::new();
        emitter.set_output_string(&mut out);
        emitter.set_unicode(true);
        emitter.set_width(-1);
        emitter.set_indent(4);
        for event in [
            Event::stream_start(Encoding::Utf8),
            Event::document_start(None, &[], true),
            Event::mapping_start(None, None, true, MappingStyle::Block),
            Event::scalar(None, None, "k", true, true, ScalarStyle::Plain),
            Event::scalar(None, None, text, true, true, style),
            // What follows ends the value, whatever the emitter puts at the end of a document.
            Event::scalar(None, None, "z", true, true, ScalarStyle::Plain),
            Event::scalar(None, None, "z", true, true, ScalarStyle::Plain),
            Event::mapping_end(),
            Event::document_end(true),
            Event::stream_end(),
        ] {
            emitter.emit(event).ok()?;
        }
        emitter.flush().ok()?;
    }
    let written = String::from_utf8(out).ok()?;
    let value = written.strip_prefix("k:")?;
    let value = value.strip_prefix(' ').unwrap_or(value);
    value.rsplit_once("\nz: z\n").map(|(value, _)| value.to_owned())
}

/// The paths of all mappings and lists: what a comment can be in.
fn comment_paths(written: &AsWritten, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    match written {
        AsWritten::Scalar { .. } => {}
        AsWritten::List { items, .. } => {
            paths.push(path.clone());
            items.iter().for_each(|item| comment_paths(item, path, paths));
        }
        AsWritten::Map { members, .. } => {
            paths.push(path.clone());
            for (key, _, member) in members {
                path.push(key.clone());
                comment_paths(member, path, paths);
                path.pop();
            }
        }
    }
}

/// The edit of an encrypted comment. It is authenticated for the path of what it is in: only that one opens it. One that
/// none opens was not encrypted.
fn comment(line: usize, content: &str, paths: &[Vec<String>], key: &DataKey) -> Option<Edit> {
    let offset = content.find(COMMENT)?;
    let encrypted = content[offset + 1..].trim_end();
    let opened = paths.iter().find_map(|path| match key.decrypt(encrypted, path) {
        Ok(Node::Comment(text)) => Some(text),
        _ => None,
    })?;
    let start = content[..offset].chars().count() + 1;
    Some(Edit { line, columns: (start, start + encrypted.chars().count()), text: opened })
}

/// The lines of what SOPS added, from the first to the one before the next.
fn metadata_lines(members: &[(String, Place, AsWritten)], count: usize) -> std::ops::Range<usize> {
    let line = |place: &Place| usize::try_from(place.0).unwrap_or(usize::MAX);
    let Some(position) = members.iter().position(|(key, ..)| key == METADATA) else { return 0..0 };
    let end = members.get(position + 1).map_or(count, |(_, start, _)| line(start));
    line(&members[position].1)..end.min(count)
}

fn edited(lines: &[&str], edits: Vec<Edit>, without: std::ops::Range<usize>) -> String {
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if without.contains(&index) {
            continue;
        }
        let mut line = (*line).to_owned();
        let mut own: Vec<&Edit> = edits.iter().filter(|edit| edit.line == index).collect();
        own.sort_by_key(|edit| std::cmp::Reverse(edit.columns));
        for edit in own {
            let offset = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset);
            line = format!("{}{}{}", &line[..offset(edit.columns.0)], edit.text, &line[offset(edit.columns.1)..]);
        }
        out.push_str(&line);
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn written(text: &str, parent: Parent) -> String {
        scalar(&Node::Text(text.to_owned()), parent).unwrap() + "\n"
    }

    #[test]
    fn texts_are_written_as_yaml_v3_writes_them() {
        let texts =
            ["web", "", "yes", "1", "1:30", "a: b", " a ", "a\nb", "a\nb\n\n", " a\nb\n", "a \nb", "t\tb", "Ü", "~"];
        let all: String = texts.iter().map(|text| written(text, Parent::Map(2))).collect();
        expect![[r#"
            web
            ""
            "yes"
            "1"
            "1:30"
            'a: b'
            ' a '
            |-
                a
                b
            |+
                a
                b

            |4
                 a
                b
            "a \nb"
            "t\tb"
            Ü
            "~"
        "#]]
        .assert_eq(&all);
        expect![[r#"
            |
                  a
                  b
        "#]]
        .assert_eq(&written("a\nb\n", Parent::List(6)));
    }
}
