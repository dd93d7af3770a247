//! YAML, read as it streams by: what nobody asks for takes no memory.
//!
//! An index can have 50 MiB, of which versions, addresses and digests are a small part. Scalars become text as Go's
//! YAML does it for fields that are strings.

use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Encoding, Event, EventData, Parser, ScalarStyle};
use manifest::Value;
use manifest::yaml::{Limits, Profile, read_value};
use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Lists and mappings inside each other. The deepest of a real index is a list in a mapping in a list in two mappings.
const DEEPEST: usize = 64;

/// Why a text is not what was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Problem(String);

impl de::Error for Problem {
    fn custom<T: std::fmt::Display>(message: T) -> Problem {
        Problem(message.to_string())
    }
}

/// Reads a text of one document.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    // Small pieces, because the scanner keeps every character it was given in four bytes.
    parser.set_input(BufReader::with_capacity(16 << 10, text.as_bytes()));
    let mut events = Events { parser, peeked: None, depth: 0 };
    // Of the stream and of the document.
    for _start in 0..2 {
        events.next()?;
    }
    T::deserialize(&mut events)
}

struct Events<'t> {
    parser: Parser<BufReader<&'t [u8]>>,
    peeked: Option<Event>,
    depth: usize,
}

impl Events<'_> {
    fn peek(&mut self) -> Result<&EventData, Problem> {
        let event = match self.peeked.take() {
            Some(event) => event,
            None => self.parse()?,
        };
        Ok(&self.peeked.insert(event).data)
    }

    fn next(&mut self) -> Result<EventData, Problem> {
        let event = match self.peeked.take() {
            Some(event) => event,
            None => self.parse()?,
        };
        match event.data {
            EventData::SequenceStart { .. } | EventData::MappingStart { .. } => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Problem(format!("more than {DEEPEST} lists and mappings inside each other")));
                }
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.depth -= 1,
            EventData::StreamStart { .. }
            | EventData::StreamEnd
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. }
            | EventData::Alias { .. }
            | EventData::Scalar { .. } => {}
        }
        Ok(event.data)
    }

    fn parse(&mut self) -> Result<Event, Problem> {
        match catch_unwind(AssertUnwindSafe(|| self.parser.parse())) {
            Ok(Ok(event)) => Ok(event),
            Ok(Err(error)) => Err(Problem(format!("no YAML: {error}"))),
            Err(_panic) => Err(Problem("no YAML that can be read".to_owned())),
        }
    }

    /// Passes over one value.
    fn skip(&mut self) -> Result<(), Problem> {
        let outside = self.depth;
        loop {
            match self.next()? {
                EventData::StreamEnd | EventData::DocumentEnd { .. } => return Err(ended()),
                EventData::StreamStart { .. }
                | EventData::DocumentStart { .. }
                | EventData::Alias { .. }
                | EventData::Scalar { .. }
                | EventData::SequenceStart { .. }
                | EventData::SequenceEnd
                | EventData::MappingStart { .. }
                | EventData::MappingEnd => {}
            }
            if self.depth == outside {
                return Ok(());
            }
        }
    }

    fn is_at_end_of_collection(&mut self) -> Result<bool, Problem> {
        Ok(matches!(self.peek()?, EventData::SequenceEnd | EventData::MappingEnd))
    }
}

fn ended() -> Problem {
    Problem("it ends too early".to_owned())
}

/// What Go makes of a scalar for a field that is a string; `None` for null.
fn text_of(value: String, style: ScalarStyle, tag: Option<&str>) -> Option<String> {
    let plain = style == ScalarStyle::Plain && tag.is_none();
    if !plain {
        return Some(value);
    }
    if matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        return None;
    }
    // Nearly all are versions, addresses and digests, and none of those reads as a number.
    let may_be_number = value.len() <= 32
        && value.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && value.matches('.').count() < 2;
    if !may_be_number {
        return Some(value);
    }
    match read_value(&value, "", Profile::Kubectl, &Limits::default()) {
        Ok(Value::Number(number)) => Some(number.to_string()),
        _ => Some(value),
    }
}

impl<'de> de::Deserializer<'de> for &mut Events<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.next()? {
            EventData::Scalar { value, style, tag, .. } => match text_of(value, style, tag.as_deref()) {
                Some(text) => visitor.visit_string(text),
                None => visitor.visit_unit(),
            },
            EventData::SequenceStart { .. } => {
                let value = visitor.visit_seq(Collection(&mut *self))?;
                self.close()?;
                Ok(value)
            }
            EventData::MappingStart { .. } => {
                let value = visitor.visit_map(Collection(&mut *self))?;
                self.close()?;
                Ok(value)
            }
            EventData::Alias { anchor } => {
                Err(Problem(format!("the alias *{anchor} is not followed here; write out what it stands for")))
            }
            EventData::StreamStart { .. }
            | EventData::StreamEnd
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. }
            | EventData::SequenceEnd
            | EventData::MappingEnd => Err(ended()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let is_null = match self.peek()? {
            EventData::Scalar { value, style, tag, .. } => text_of(value.clone(), *style, tag.as_deref()).is_none(),
            _ => false,
        };
        if is_null {
            self.next()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

impl Events<'_> {
    fn close(&mut self) -> Result<(), Problem> {
        match self.next()? {
            EventData::SequenceEnd | EventData::MappingEnd => Ok(()),
            _ => Err(ended()),
        }
    }
}

/// The rest of a list or mapping.
struct Collection<'a, 't>(&'a mut Events<'t>);

impl<'de> SeqAccess<'de> for Collection<'_, '_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        if self.0.is_at_end_of_collection()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.0).map(Some)
    }
}

impl<'de> MapAccess<'de> for Collection<'_, '_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        if self.0.is_at_end_of_collection()? {
            return Ok(None);
        }
        let EventData::Scalar { value, style, .. } = self.0.next()? else {
            return Err(Problem("a key of a mapping is no text".to_owned()));
        };
        if value == "<<" && style == ScalarStyle::Plain {
            return Err(Problem("merge keys (<<) are not followed here; write out what they stand for".to_owned()));
        }
        let key: StringDeserializer<Problem> = value.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        seed.deserialize(&mut *self.0)
    }
}
