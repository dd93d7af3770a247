//! TOML, as Go's most used library writes it.

use super::toml_error;
use crate::template::error::Failure;
use crate::template::format::float;
use crate::template::function::{Call, Function, text};
use crate::template::value::{Map, Text, Type, Value};

const ANY: Type = Type::Any;
/// Deeper values are an error: only a map that contains itself is that deep.
const MAX_DEPTH: usize = 200;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("toToml", &[ANY], |call, given| {
        let out = write(call, given.value(0)).unwrap_or_else(|problem| problem);
        text(call, out)
    }),
    Function::new("mustToToml", &[ANY], |call, given| {
        let out = write(call, given.value(0)).map_err(Failure::Message)?;
        text(call, out)
    }),
    Function::new("fromToml", &[Type::String], |call, given| {
        let written = given.string(0);
        call.produce(written.len())?;
        Ok(match written.parse::<toml::Table>() {
            Ok(table) => from_table(&table),
            Err(error) => {
                let problem = toml_error::words(&written).unwrap_or_else(|| {
                    let before = error.span().map_or("", |span| written.get(..span.start).unwrap_or_default());
                    let line = 1 + before.matches('\n').count();
                    format!("toml: line {line}: {}", error.message())
                });
                Value::Map([(Text::from("Error"), Value::string(problem))].into_iter().collect::<Map>())
            }
        })
    }),
];

fn from_table(table: &toml::Table) -> Value {
    Value::Map(table.iter().map(|(key, value)| (Text::from(key.as_str()), from_toml(value))).collect::<Map>())
}

fn from_toml(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::string(text.as_str()),
        toml::Value::Integer(integer) => Value::int64(*integer),
        toml::Value::Float(float) => Value::Float(*float),
        toml::Value::Boolean(boolean) => Value::Bool(*boolean),
        toml::Value::Datetime(date) => Value::string(date.to_string()),
        toml::Value::Array(items) if !items.is_empty() && items.iter().all(toml::Value::is_table) => {
            let items = items.iter().map(from_toml).collect();
            Value::List(crate::template::value::List::of(Type::Map, items))
        }
        toml::Value::Array(items) => Value::list(items.iter().map(from_toml).collect()),
        toml::Value::Table(table) => from_table(table),
    }
}

/// A text under construction. The error is the library's.
struct Writer<'c, 'a> {
    call: &'c mut Call<'a>,
    out: String,
}

fn write(call: &mut Call<'_>, value: &Value) -> Result<String, String> {
    let mut writer = Writer { call, out: String::new() };
    match value {
        Value::Map(map) => writer.members(&mut Vec::new(), map)?,
        Value::Nil => return Err("toml: cannot encode nil value".to_owned()),
        value if is_table(value) => return Err("toml: top-level values must be Go maps or structs".to_owned()),
        value => writer.element(value, 0)?,
    }
    Ok(writer.out)
}

impl Writer<'_, '_> {
    /// Plain members first, then tables.
    fn members(&mut self, path: &mut Vec<Text>, map: &Map) -> Result<(), String> {
        if path.len() > MAX_DEPTH {
            return Err("toml: the map contains itself".to_owned());
        }
        let entries = map.entries();
        let (tables, plain): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, value)| is_table(value));
        for (key, value) in plain.into_iter().chain(tables) {
            self.call.produce(key.len()).map_err(|failure| failure.to_string())?;
            path.push(key);
            let result = self.member(path, &value);
            path.pop();
            result?;
        }
        Ok(())
    }

    fn member(&mut self, path: &mut Vec<Text>, value: &Value) -> Result<(), String> {
        match value {
            Value::Nil => Ok(()),
            Value::Map(map) => {
                if path.len() == 1 {
                    self.separate();
                }
                self.header(path, ("[", "]"));
                self.members(path, map)
            }
            Value::List(list) if is_table(value) => {
                for item in list.items() {
                    let Value::Map(map) = item else { continue };
                    self.separate();
                    self.header(path, ("[[", "]]"));
                    self.members(path, map)?;
                }
                Ok(())
            }
            value => {
                let name = path.last().map(|name| key_text(name)).unwrap_or_default();
                self.indent(path);
                self.out.push_str(&name);
                self.out.push_str(" = ");
                self.element(value, 0)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, path: &[Text]) {
        self.out.push_str(&"  ".repeat(path.len().saturating_sub(1)));
    }

    fn header(&mut self, path: &[Text], (open, close): (&str, &str)) {
        let names: Vec<String> = path.iter().map(|name| key_text(name)).collect();
        self.indent(path);
        self.out.push_str(&format!("{open}{}{close}\n", names.join(".")));
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("toml: the value contains itself".to_owned());
        }
        match value {
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(_, value) => self.out.push_str(&value.to_string()),
            Value::Uint(_, value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => self.out.push_str(&float_text(*value)),
            Value::String(text) => self.out.push_str(&quoted(&text.lossy())),
            Value::Duration(value) => self.out.push_str(&quoted(&manifest::duration::text(*value))),
            Value::Time(time) => self.out.push_str(&time.rfc3339()),
            Value::List(_) | Value::Bytes(_) => {
                self.out.push('[');
                for (index, item) in value.items().unwrap_or_default().iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    if let Value::Nil = item {
                        return Err("toml: cannot encode array with nil element".to_owned());
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                let members: Vec<_> =
                    map.entries().into_iter().filter(|(_, value)| !matches!(value, Value::Nil)).collect();
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.out.push_str(&format!("{} = ", key_text(key)));
                    self.element(value, depth + 1)?;
                }
                self.out.push('}');
            }
            other => return Err(format!("unexpected type: {}", other.type_name())),
        }
        self.call.produce(16).map_err(|failure| failure.to_string())
    }
}

/// Whether the value has headers of its own: a map, or a list of nothing but maps.
fn is_table(value: &Value) -> bool {
    match value {
        Value::Map(_) => true,
        Value::List(list) => !list.items().is_empty() && list.items().iter().all(|item| matches!(item, Value::Map(_))),
        _ => false,
    }
}

fn key_text(key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key);
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.into_owned() } else { quoted(&key) }
}

fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = float::format(value, 'g', None);
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
