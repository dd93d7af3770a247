//! How scalars are written where JSON does not tell: `010`, `1.10`, `~`, a date, or nothing at all for a null.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::resolve::{self, Scalar};
use super::{Profile, number};

/// Texts of scalars by JSON pointer, of those only whose value would be written otherwise.
///
/// What it says is taken only while the value at the pointer still is the one that the text means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spelling(BTreeMap<String, String>);

impl Spelling {
    /// Notes that the scalar `value` at `pointer` is written as `text` without quotes.
    pub fn note(&mut self, pointer: &str, text: &str, value: &Value) {
        if canonical(value) != text {
            self.0.insert(pointer.to_owned(), text.to_owned());
        } else {
            self.0.remove(pointer);
        }
    }

    /// The text of the scalar `value` at `pointer`: as it is written if that is known, and as JSON has it otherwise.
    /// Empty for maps and lists.
    pub fn text<'a>(&'a self, pointer: &str, value: &'a Value) -> Cow<'a, str> {
        match self.0.get(pointer).filter(|text| means(text, value)) {
            Some(text) => Cow::Borrowed(text),
            None => canonical(value),
        }
    }

    /// The pointers of nulls that are written as nothing.
    pub fn blanks(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, text)| text.is_empty()).map(|(pointer, _)| pointer.as_str())
    }

    /// Forgets the nulls that are written as nothing.
    pub fn forget_blanks(&mut self) {
        self.0.retain(|_, text| !text.is_empty());
    }

    /// Takes over what `other` knows of values that `object` has at the same places.
    pub fn adopt(&mut self, other: &Spelling, object: &Value) {
        for (pointer, text) in &other.0 {
            if object.pointer(pointer).is_some_and(|value| means(text, value)) {
                self.0.insert(pointer.clone(), text.clone());
            }
        }
    }

    /// What is known of the values below `pointer`, as their own document.
    #[must_use]
    pub fn below(&self, pointer: &str) -> Spelling {
        let start = format!("{pointer}/");
        let below = self.0.range(start.clone()..).take_while(|(known, _)| known.starts_with(&start));
        Spelling(below.map(|(known, text)| (known[pointer.len()..].to_owned(), text.clone())).collect())
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A scalar the way YAML writes it plain; empty for maps and lists.
fn canonical(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => Cow::Owned(value.to_string()),
        Value::Array(_) | Value::Object(_) => Cow::Borrowed(""),
    }
}

fn means(text: &str, value: &Value) -> bool {
    plain(text).is_ok_and(|meant| meant == *value)
}

/// What kustomize takes `text` for where it stands without quotes.
///
/// # Errors
///
/// JSON has no such value, as for `.inf`.
pub fn plain(text: &str) -> Result<Value, String> {
    json(resolve::resolve(text, None, true, Profile::Kustomize)?, text)
}

/// The types that a plain scalar can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarType {
    /// `null`, `~`, nothing.
    Null,
    /// `true`, `false`.
    Bool,
    /// `12`, `0x1F`.
    Integer,
    /// `1.5`, `1e3`.
    Float,
    /// Everything else, times too.
    Text,
}

impl ScalarType {
    /// The type of `text` where it stands without quotes, for kustomize.
    pub fn of(text: &str) -> ScalarType {
        match resolve::resolve(text, None, true, Profile::Kustomize) {
            Ok(Scalar::Null) => ScalarType::Null,
            Ok(Scalar::Bool(_)) => ScalarType::Bool,
            Ok(Scalar::Integer(_)) => ScalarType::Integer,
            Ok(Scalar::Float(_)) => ScalarType::Float,
            Ok(Scalar::Text(_) | Scalar::Time(_)) | Err(_) => ScalarType::Text,
        }
    }

    /// `text` as a value of this type, as kustomize has it when it puts a text into a field whose type stays.
    ///
    /// # Errors
    ///
    /// The text is of another type. An integer is a float, too.
    pub fn read(self, text: &str) -> Result<Value, String> {
        let tag = match self {
            ScalarType::Text => return Ok(Value::String(text.to_owned())),
            ScalarType::Null => "tag:yaml.org,2002:null",
            ScalarType::Bool => "tag:yaml.org,2002:bool",
            ScalarType::Integer => "tag:yaml.org,2002:int",
            ScalarType::Float => "tag:yaml.org,2002:float",
        };
        json(resolve::resolve(text, Some(tag), true, Profile::Kustomize)?, text)
    }
}

fn json(scalar: Scalar, text: &str) -> Result<Value, String> {
    let number = match scalar {
        Scalar::Null => return Ok(Value::Null),
        Scalar::Bool(truth) => return Ok(Value::Bool(truth)),
        Scalar::Text(text) | Scalar::Time(text) => return Ok(Value::String(text)),
        Scalar::Integer(integer) => number::integer(integer),
        Scalar::Float(float) => number::float(float),
    };
    number.map(Value::Number).ok_or_else(|| format!("`{text}` is no number that JSON can hold"))
}
