//! Which numbers stand for which fields: the `.fields` files, read on first use.
//!
//! The first line of a file names a group and version; `meta/v1` stands for the types that all of them share. Then
//! follow types, each a line with its name and, indented, its fields:
//!
//! ```text
//!   NUMBER NAME [list|map] TYPE[!]
//! ```
//!
//! The keys of a map are texts. `!` says that a zero (0, false, the empty text) stands in the JSON of the object too,
//! because the field is a pointer or is always written; a zero without it only means that the field is absent. `...` is
//! the name of a message whose fields stand in the JSON of the message around it. A type is one of those of [`Kind`], or
//! a message of the same file, or `GROUP/VERSION.MESSAGE`.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::ProtobufError;

const FILES: &[&str] = &[
    include_str!("fields/admissionregistration-v1.fields"),
    include_str!("fields/apps-v1.fields"),
    include_str!("fields/authentication-v1.fields"),
    include_str!("fields/authorization-v1.fields"),
    include_str!("fields/autoscaling-v1.fields"),
    include_str!("fields/autoscaling-v2.fields"),
    include_str!("fields/batch-v1.fields"),
    include_str!("fields/certificates-v1.fields"),
    include_str!("fields/coordination-v1.fields"),
    include_str!("fields/core-v1.fields"),
    include_str!("fields/discovery-v1.fields"),
    include_str!("fields/events-v1.fields"),
    include_str!("fields/flowcontrol-v1.fields"),
    include_str!("fields/meta-v1.fields"),
    include_str!("fields/networking-v1.fields"),
    include_str!("fields/node-v1.fields"),
    include_str!("fields/policy-v1.fields"),
    include_str!("fields/rbac-v1.fields"),
    include_str!("fields/scheduling-v1.fields"),
    include_str!("fields/storage-v1.fields"),
];
/// Where the types stand that every group shares.
const SHARED: &str = "meta/v1";
/// The name of a field whose own fields stand in its place.
const INLINE: &str = "...";

/// A message: an index into [`Table::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessageId(usize);

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `string`
    Text,
    /// `bool`
    Bool,
    /// `int`, of 32 or 64 bits
    Int,
    /// `bytes`, base64 in JSON
    Bytes,
    /// `strings`: a message around a list of texts, a list in JSON
    Texts,
    /// `Quantity`
    Quantity,
    /// `IntOrString`
    IntOrString,
    /// `Time`
    Time,
    /// `MicroTime`
    MicroTime,
    /// `RawJson`: a message around bytes that are JSON
    RawJson,
    /// Any other name
    Message(MessageId),
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    Map,
    /// One message whose fields stand in place of it.
    Inline,
}

/// What a zero on the wire says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zero {
    /// The field is absent.
    Absent,
    /// The field is there.
    Present,
}

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u64,
    /// Its name in JSON.
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) kind: Kind,
    pub(super) zero: Zero,
}

/// All messages.
#[derive(Debug)]
pub(super) struct Table {
    ids: HashMap<(&'static str, &'static str), MessageId>,
    /// The fields of each message, by number.
    fields: Vec<Vec<Field>>,
}

impl Table {
    pub(super) fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            // The files are part of the program, and `tests::the_table_is_sound` reads the same ones.
            Table::parse(FILES).expect("the files are sound")
        })
    }

    fn parse(files: &[&'static str]) -> Result<Table, String> {
        let mut ids = HashMap::new();
        for (group, line) in lines(files).filter(|(_, line)| !line.starts_with(' ')) {
            let id = MessageId(ids.len());
            if ids.insert((group, line), id).is_some() {
                return Err(format!("{group} has {line} twice"));
            }
        }
        let mut table = Table { fields: vec![Vec::new(); ids.len()], ids };
        let mut message = None;
        for (group, line) in lines(files) {
            let wrong = || format!("{group}: {line:?} is no field");
            match line.strip_prefix("  ") {
                None => message = table.ids.get(&(group, line)).copied(),
                Some(field) => {
                    let MessageId(index) = message.ok_or_else(wrong)?;
                    let field = table.field(group, field).ok_or_else(wrong)?;
                    table.fields[index].push(field);
                }
            }
        }
        table.fields.iter_mut().for_each(|fields| fields.sort_by_key(|field| field.number));
        Ok(table)
    }

    fn field(&self, group: &'static str, text: &'static str) -> Option<Field> {
        let words: Vec<&'static str> = text.split(' ').collect();
        let (number, name, shape, ty) = match words.as_slice() {
            [number, name, "list", ty] => (number, *name, Shape::List, *ty),
            [number, name, "map", ty] => (number, *name, Shape::Map, *ty),
            [number, INLINE, ty] => (number, INLINE, Shape::Inline, *ty),
            [number, name, ty] => (number, *name, Shape::One, *ty),
            _ => return None,
        };
        let (ty, zero) = match ty.strip_suffix('!') {
            Some(ty) => (ty, Zero::Present),
            None => (ty, Zero::Absent),
        };
        let kind = match ty {
            "string" => Kind::Text,
            "bool" => Kind::Bool,
            "int" => Kind::Int,
            "bytes" => Kind::Bytes,
            "strings" => Kind::Texts,
            "Quantity" => Kind::Quantity,
            "IntOrString" => Kind::IntOrString,
            "Time" => Kind::Time,
            "MicroTime" => Kind::MicroTime,
            "RawJson" => Kind::RawJson,
            message => Kind::Message(*self.ids.get(&message.rsplit_once('.').unwrap_or((group, message)))?),
        };
        Some(Field { number: number.parse().ok()?, name, shape, kind, zero })
    }

    /// The message of a kind. Options and answers such as `DeleteOptions` belong to every group.
    pub(super) fn kind(&self, api_version: &str, kind: &str) -> Result<MessageId, ProtobufError> {
        let find = |group: &str| {
            let found = self.ids.iter().find(|((of, name), _)| *of == group && *name == kind);
            found.map(|(_, id)| *id)
        };
        if let Some(id) = find(api_version).or_else(|| find(SHARED)) {
            return Ok(id);
        }
        let api_version = api_version.to_owned();
        match self.ids.keys().any(|(group, _)| *group == api_version) {
            true => Err(ProtobufError::UnknownKind { api_version, kind: kind.to_owned() }),
            false => Err(ProtobufError::UnknownGroup { api_version }),
        }
    }

    /// The fields of a message, by number.
    pub(super) fn fields(&self, MessageId(index): MessageId) -> &[Field] {
        // Ids are only made for messages that are there.
        self.fields.get(index).map_or(&[], Vec::as_slice)
    }

    /// Every message with its group and name.
    #[cfg(test)]
    pub(super) fn messages(&self) -> impl Iterator<Item = (&'static str, &'static str, MessageId)> {
        self.ids.iter().map(|((group, name), id)| (*group, *name, *id))
    }

    pub(super) fn find_field(&self, message: MessageId, number: u64) -> Option<&Field> {
        let fields = self.fields(message);
        fields.binary_search_by_key(&number, |field| field.number).ok().map(|index| &fields[index])
    }
}

/// The lines of all files that say something, each with its file's group.
fn lines(files: &[&'static str]) -> impl Iterator<Item = (&'static str, &'static str)> {
    files.iter().flat_map(|file| {
        let (group, rest) = file.split_once('\n').unwrap_or((file, ""));
        rest.lines().filter(|line| !line.is_empty()).map(move |line| (group, line))
    })
}
