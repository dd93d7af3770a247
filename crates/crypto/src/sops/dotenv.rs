//! Files of environment variables: `NAME=value` in lines.

use super::cipher::DataKey;
use super::decrypt::{self, Integrity};
use super::metadata::Metadata;
use super::{Format, Keys, METADATA, Node, SopsError, data_key};

/// What the names of SOPS's own variables begin with.
const PREFIX: &str = "sops_";

/// What stands between the keys of a mapping, and before the position in a list, in such a name.
const MAP: &str = "__map_";
const LIST: &str = "__list_";

/// A line.
enum Line<'a> {
    Comment(&'a str),
    Variable(&'a str, String),
}

/// The file with its values decrypted.
pub(super) fn decrypt(text: &str, keys: &Keys) -> Result<String, SopsError> {
    let lines = lines(text)?;
    let (tree, metadata) = split(&lines)?;
    let key = data_key::find(&metadata, keys)?;
    let Node::Map(members) = decrypt::decrypt(&tree, &metadata, &key, Integrity::OfEverything)? else {
        return Err(SopsError::NoMetadata);
    };
    let mut values = members.iter();
    let mut out = String::new();
    for line in &lines {
        match line {
            Line::Comment(comment) => out.push_str(&format!("#{}\n", decrypted_comment(comment, &key))),
            Line::Variable(name, _) if name.starts_with(PREFIX) => {}
            Line::Variable(..) => values.next().map_or(Ok(()), |(name, value)| variable(name, value, &mut out))?,
        }
    }
    Ok(out)
}

/// A comment, which was not encrypted if it cannot be decrypted.
fn decrypted_comment(comment: &str, key: &DataKey) -> String {
    match key.decrypt(comment, &[]) {
        Ok(Node::Comment(text)) => text,
        _ => comment.to_owned(),
    }
}

/// The variables as a tree, with what SOPS needs to know as a member.
pub(super) fn read(text: &str) -> Result<Node, SopsError> {
    let lines = lines(text)?;
    let (values, metadata) = parts(&lines);
    let Node::Map(mut members) = values else { return Err(SopsError::NoMetadata) };
    members.push((METADATA.to_owned(), metadata));
    Ok(Node::Map(members))
}

/// Writes variables.
pub(super) fn write(tree: &Node) -> Result<String, SopsError> {
    let Node::Map(members) = tree else {
        return Err(SopsError::Output { format: Format::Dotenv, why: "it is no mapping" });
    };
    let mut out = String::new();
    for (name, value) in members {
        variable(name, value, &mut out)?;
    }
    Ok(out)
}

fn variable(name: &str, value: &Node, out: &mut String) -> Result<(), SopsError> {
    let text = match value {
        Node::Text(text) => text.replace('\n', "\\n"),
        Node::Bool(value) => value.to_string(),
        Node::Null => String::new(),
        Node::List(_) | Node::Map(_) => {
            return Err(SopsError::Output { format: Format::Dotenv, why: "a value is a list or a mapping" });
        }
        Node::Int(_) | Node::Float(_) | Node::Bytes(_) | Node::Comment(_) => {
            String::from_utf8_lossy(&value.bytes().unwrap_or_default()).into_owned()
        }
    };
    out.push_str(&format!("{name}={text}\n"));
    Ok(())
}

fn lines(text: &str) -> Result<Vec<Line<'_>>, SopsError> {
    let lines = text.split('\n').enumerate().filter(|(_, line)| !line.is_empty());
    let read = |(index, line): (usize, &'_ str)| match (line.strip_prefix('#'), line.split_once('=')) {
        (None, None) => Err(index),
        (Some(_), _) | (None, Some(_)) => Ok(index),
    };
    for line in lines.clone() {
        read(line).map_err(|index| SopsError::Unreadable {
            format: Format::Dotenv,
            why: format!("line {} has no `=`", index + 1),
        })?;
    }
    Ok(lines
        .filter_map(|(_, line)| match line.strip_prefix('#') {
            Some(comment) => Some(Line::Comment(comment)),
            None => line.split_once('=').map(|(name, value)| Line::Variable(name, value.replace("\\n", "\n"))),
        })
        .collect())
}

fn split(lines: &[Line<'_>]) -> Result<(Node, Metadata), SopsError> {
    let (values, metadata) = parts(lines);
    if metadata == Node::Map(Vec::new()) {
        return Err(SopsError::NoMetadata);
    }
    Ok((values, Metadata::read(&metadata)?))
}

/// The values, and what SOPS needs to know, which stands in variables of its own.
fn parts(lines: &[Line<'_>]) -> (Node, Node) {
    let (mut values, mut metadata) = (Vec::new(), Node::Map(Vec::new()));
    for line in lines {
        match line {
            Line::Comment(_) => {}
            Line::Variable(name, value) => match name.strip_prefix(PREFIX) {
                Some(path) => place(&mut metadata, path, value),
                None => values.push(((*name).to_owned(), Node::Text(value.clone()))),
            },
        }
    }
    (Node::Map(values), metadata)
}

/// Puts a value where a flat name says: `age__list_0__map_enc` is `age[0].enc`. Lists are in their order.
fn place(node: &mut Node, path: &str, value: &str) {
    let next = [path.find(MAP), path.find(LIST)].into_iter().flatten().min();
    let (step, rest) = path.split_at(next.unwrap_or(path.len()));
    let Node::Map(members) = node else { return };
    let position = members.iter().position(|(key, _)| key == step).unwrap_or_else(|| {
        members.push((step.to_owned(), Node::Map(Vec::new())));
        members.len() - 1
    });
    let member = &mut members[position].1;
    if rest.is_empty() {
        *member = Node::Text(value.to_owned());
    } else if let Some(rest) = rest.strip_prefix(MAP) {
        place(member, rest, value);
    } else if let Some(rest) = rest.strip_prefix(LIST) {
        if !matches!(member, Node::List(_)) {
            *member = Node::List(Vec::new());
        }
        let end = rest.find(MAP).unwrap_or(rest.len());
        let (index, rest) = rest.split_at(end);
        let (Node::List(items), Ok(index)) = (member, index.parse::<usize>()) else { return };
        if index == items.len() {
            items.push(Node::Map(Vec::new()));
        }
        match (items.get_mut(index), rest.strip_prefix(MAP)) {
            (Some(item), Some(rest)) => place(item, rest, value),
            (Some(item), None) => *item = Node::Text(value.to_owned()),
            (None, _) => {}
        }
    }
}
