//! The grammar.
//!
//! Helm's parser sets while it reads, and where an expression ends too early it depends on how far it came whether that
//! is an error. The steps here therefore follow its order.

use std::num::IntErrorKind;

use super::cursor::{Cursor, Escapes};
use super::{Error, MAX_DEPTH, MAX_INDEX, MAX_ITEMS, MAX_NESTED_NAMES, Problem, Style, convert, json};
use crate::template::Value;
use crate::template::value::Map;

/// Reads one expression.
pub(super) struct Parser<'a> {
    expression: &'a str,
    cursor: Cursor<'a>,
    style: Style<'a>,
    items_left: usize,
}

/// Why reading stopped.
enum Stop {
    /// The expression is over.
    Ended,
    /// Something is wrong at a byte of the expression.
    Failed(Problem, usize),
}

/// The right-hand side of a `=`.
enum Side {
    Value(Value),
    /// The expression ended right there.
    Nothing,
}

/// How deep reading is.
#[derive(Clone, Copy)]
struct Depth {
    /// Dots that were passed.
    names: usize,
    /// Tables and lists that were entered.
    levels: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(expression: &'a str, style: Style<'a>) -> Parser<'a> {
        Parser { expression, cursor: Cursor::new(expression), style, items_left: MAX_ITEMS }
    }

    /// Sets what the expression says, assignment by assignment.
    pub(super) fn run(mut self, values: &Map) -> Result<(), Error> {
        loop {
            match self.key(values, Depth { names: 0, levels: 0 }) {
                Ok(()) => {}
                Err(Stop::Ended) => return Ok(()),
                Err(Stop::Failed(problem, at)) => {
                    let before = self.expression.get(..at).unwrap_or(self.expression);
                    let character = before.chars().count() + 1;
                    return Err(Error { expression: self.expression.to_owned(), character, problem });
                }
            }
        }
    }

    /// A name within a table, and what it is set to.
    fn key(&mut self, table: &Map, depth: Depth) -> Result<(), Stop> {
        let stops: &[char] = if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (name, stop) = self.cursor.until(stops, self.escapes());
        match stop {
            None if name.is_empty() => Err(Stop::Ended),
            None => Err(self.failed(Problem::KeyWithoutValue(name))),
            Some(',') => Err(self.failed(Problem::KeyBeforeComma(name))),
            Some('=') => match self.side()? {
                Side::Value(value) => {
                    set(table, &name, value);
                    Ok(())
                }
                Side::Nothing => {
                    set(table, &name, Value::string(""));
                    Err(Stop::Ended)
                }
            },
            Some('[') => {
                let start = self.cursor.mark();
                let index = self.index()?;
                let mut list = match table.get(name.as_bytes()) {
                    None => Vec::new(),
                    Some(Value::List(list)) => {
                        // With the table's hold on it gone, the list changes in place.
                        set(table, &name, Value::Nil);
                        list.into_items()
                    }
                    Some(other) => return Err(Stop::Failed(other_type(&other, LIST), start)),
                };
                let step = self.deeper(depth).and_then(|depth| self.item(&mut list, index, depth));
                set(table, &name, Value::list(list));
                step
            }
            // The one stop that is left: a dot.
            Some(_) => self.nested(table, name, depth),
        }
    }

    /// A name within the table that has a name.
    fn nested(&mut self, table: &Map, name: String, depth: Depth) -> Result<(), Stop> {
        let start = self.cursor.mark();
        let names = depth.names + 1;
        if names > MAX_NESTED_NAMES {
            return Err(self.failed(Problem::TooManyNames));
        }
        let inner = match table.get(name.as_bytes()) {
            None => Map::default(),
            Some(Value::Map(inner)) => inner,
            Some(other) => return Err(self.failed(other_type(&other, TABLE))),
        };
        let depth = self.deeper(Depth { names, ..depth })?;
        let step = self.key(&inner, depth);
        if inner.is_empty() {
            return step.and(Err(Stop::Failed(Problem::TableWithoutValue(name), start)));
        }
        set(table, &name, Value::Map(inner));
        step
    }

    /// What follows a position in a list.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, depth: Depth) -> Result<(), Stop> {
        let start = self.cursor.mark();
        let Ok(position) = usize::try_from(index) else { return Err(self.failed(Problem::NegativeIndex(index))) };
        let (extra, stop) = self.cursor.until(&['[', '.', '='], self.escapes());
        if !extra.is_empty() {
            return Err(self.failed(Problem::AfterIndex(extra)));
        }
        let value = match stop {
            None => return Err(Stop::Ended),
            Some('=') => match self.side()? {
                Side::Value(value) => value,
                Side::Nothing => Value::string(""),
            },
            Some('[') => {
                let next = self.index()?;
                let depth = self.deeper(depth)?;
                // Taken out of its list, the inner one changes in place.
                let held = list.get_mut(position).map(|slot| std::mem::replace(slot, Value::Nil));
                match held {
                    None | Some(Value::Nil) => {
                        let mut inner = Vec::new();
                        self.item(&mut inner, next, depth)?;
                        Value::list(inner)
                    }
                    Some(Value::List(held)) => {
                        let mut inner = held.into_items();
                        let step = self.item(&mut inner, next, depth);
                        let inner = Value::list(inner);
                        if let (Err(_), Some(slot)) = (&step, list.get_mut(position)) {
                            *slot = inner;
                            return step;
                        }
                        inner
                    }
                    Some(other) => return Err(Stop::Failed(other_type(&other, LIST), start)),
                }
            }
            // The one stop that is left: a dot.
            Some(_) => {
                let inner = match list.get_mut(position) {
                    None => Map::default(),
                    Some(Value::Map(inner)) => inner.clone(),
                    Some(other) => {
                        let inner = Map::default();
                        *other = Value::Map(inner.clone());
                        inner
                    }
                };
                let depth = self.deeper(depth)?;
                self.key(&inner, depth)?;
                Value::Map(inner)
            }
        };
        self.put(list, position, value, start)
    }

    /// Sets an item of a list, which grows as far as it must.
    fn put(&mut self, list: &mut Vec<Value>, position: usize, value: Value, start: usize) -> Result<(), Stop> {
        let index = i64::try_from(position).unwrap_or(i64::MAX);
        if index > MAX_INDEX {
            return Err(Stop::Failed(Problem::IndexTooLarge(index), start));
        }
        if let Some(slot) = list.get_mut(position) {
            *slot = value;
            return Ok(());
        }
        let added = position + 1 - list.len();
        let left = self.items_left.checked_sub(added);
        self.items_left = left.ok_or(Stop::Failed(Problem::TooManyItems, start))?;
        list.resize(position, Value::Nil);
        list.push(value);
        Ok(())
    }

    /// The number up to the closing bracket.
    fn index(&mut self) -> Result<i64, Stop> {
        let (text, stop) = self.cursor.until(&[']'], self.escapes());
        if stop.is_none() {
            return Err(Stop::Ended);
        }
        text.parse().map_err(|error: std::num::ParseIntError| {
            let problem = match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Problem::IndexOutOfRange(text),
                _ => Problem::IndexNotNumber(text),
            };
            self.failed(problem)
        })
    }

    /// What stands after a `=`.
    fn side(&mut self) -> Result<Side, Stop> {
        match self.style {
            Style::Literal => Ok(Side::Value(Value::string(self.cursor.until(&[], Escapes::None).0))),
            Style::Json => self.json().map(Side::Value),
            Style::Typed | Style::Text | Style::File(_) => {
                if self.cursor.rest().is_empty() {
                    return Ok(Side::Nothing);
                }
                if self.cursor.take_if('{').is_some() {
                    return self.list().map(Side::Value);
                }
                let (text, _) = self.cursor.until(&[','], Escapes::Backslash);
                self.converted(&text).map(Side::Value)
            }
        }
    }

    fn json(&mut self) -> Result<Value, Stop> {
        if self.cursor.take_nothing() {
            return Ok(Value::Nil);
        }
        let (value, end) = json::first(self.cursor.rest()).map_err(|reason| self.failed(Problem::Json(reason)))?;
        self.cursor.skip(end);
        self.cursor.take_nothing();
        Ok(Value::from_json(&value))
    }

    /// The items up to the closing brace.
    fn list(&mut self) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.cursor.until(&[',', '}'], Escapes::Backslash);
            match stop {
                None => return Err(self.failed(Problem::OpenList)),
                Some(',') => items.push(self.converted(&text)?),
                Some(_) => {
                    items.push(self.converted(&text)?);
                    self.cursor.take_if(',');
                    return Ok(Value::list(items));
                }
            }
        }
    }

    /// The value that a text stands for.
    fn converted(&self, text: &str) -> Result<Value, Stop> {
        match self.style {
            Style::Typed => Ok(convert::typed(text)),
            Style::Text | Style::Literal | Style::Json => Ok(Value::string(text)),
            Style::File(read) => match read(text) {
                Ok(content) => Ok(Value::string(content)),
                Err(reason) => Err(self.failed(Problem::File(reason))),
            },
        }
    }

    fn deeper(&self, depth: Depth) -> Result<Depth, Stop> {
        let levels = depth.levels + 1;
        if levels > MAX_DEPTH { Err(self.failed(Problem::TooDeep)) } else { Ok(Depth { levels, ..depth }) }
    }

    /// A problem with the part that was read last.
    fn failed(&self, problem: Problem) -> Stop {
        Stop::Failed(problem, self.cursor.mark())
    }

    fn is_literal(&self) -> bool {
        matches!(self.style, Style::Literal)
    }

    fn escapes(&self) -> Escapes {
        if self.is_literal() { Escapes::None } else { Escapes::Backslash }
    }
}

/// Go's names of what a name can go through.
const LIST: &str = "[]interface {}";
const TABLE: &str = "map[string]interface {}";

fn other_type(found: &Value, wanted: &'static str) -> Problem {
    let found = match found {
        Value::Nil => "nil".to_owned(),
        other => other.type_name().into_owned(),
    };
    Problem::OtherType { found, wanted }
}

/// Sets a name; the empty one is passed over, as in Helm.
fn set(table: &Map, name: &str, value: Value) {
    if !name.is_empty() {
        table.insert(name, value);
    }
}
