//! What objects are to expressions.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, TimeZone as _, Utc};
use kube_cel::cel::Value;
use kube_cel::cel::objects::{Key, Map};
use manifest::duration;
use serde_json::{Number, Value as Json};

use crate::declared::{Declared, Shape, escape};
use crate::types::Type;

/// A value as a schema declares it, or as it is written where nothing is declared.
pub(crate) fn value(json: &Json, declared: Option<&Declared>) -> Value {
    let shape = declared.map(|declared| &declared.shape);
    match (json, shape) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(value), _) => Value::Bool(*value),
        (Json::Number(number), Some(Shape::Scalar(Type::Double))) => Value::Float(number.as_f64().unwrap_or_default()),
        (Json::Number(number), _) => of_number(number),
        (Json::String(text), Some(Shape::Scalar(ty))) => of_text(text, ty),
        (Json::String(text), _) => plain(text),
        (Json::Array(items), shape) => {
            let of_items = match shape {
                Some(Shape::List(items)) => Some(items.as_ref()),
                Some(Shape::Scalar(_) | Shape::Map(_) | Shape::Object { .. }) | None => None,
            };
            Value::List(Arc::new(items.iter().map(|item| value(item, of_items)).collect()))
        }
        (Json::Object(members), Some(Shape::Object { fields, .. })) => {
            // A field that holds nothing is to expressions as one that is absent.
            let given = members.iter().filter(|(_, member)| !member.is_null());
            map(given.map(|(name, member)| {
                let escaped = escape(name).unwrap_or_else(|| name.clone());
                let declared = fields.get(&escaped).map(AsRef::as_ref);
                (escaped, value(member, declared))
            }))
        }
        (Json::Object(members), shape) => {
            let of_values = match shape {
                Some(Shape::Map(values)) => Some(values.as_ref()),
                Some(Shape::Scalar(_) | Shape::List(_) | Shape::Object { .. }) | None => None,
            };
            map(members.iter().map(|(key, member)| (key.clone(), value(member, of_values))))
        }
    }
}

fn map(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let entries: HashMap<Key, Value> = entries.map(|(key, value)| (Key::String(Arc::new(key)), value)).collect();
    Value::Map(Map { map: Arc::new(entries) })
}

fn of_number(number: &Number) -> Value {
    let whole = number.as_i64().map(Value::Int).or_else(|| number.as_u64().map(Value::UInt));
    whole.unwrap_or_else(|| Value::Float(number.as_f64().unwrap_or_default()))
}

/// A text of a type; one that is no value of it stays a text. Objects with such texts are refused before anything is asked
/// about them.
fn of_text(text: &str, ty: &Type) -> Value {
    let value = match ty {
        Type::Timestamp => time(text).map(Value::Timestamp),
        Type::Duration => duration::parse_format(text).map(|span| Value::Duration(TimeDelta::nanoseconds(span))),
        Type::Bytes => {
            base64::engine::general_purpose::STANDARD.decode(text).ok().map(|data| Value::Bytes(Arc::new(data)))
        }
        _ => None,
    };
    value.unwrap_or_else(|| plain(text))
}

fn plain(text: &str) -> Value {
    Value::String(Arc::new(text.to_owned()))
}

/// A time, or the beginning of a day.
fn time(text: &str) -> Option<DateTime<FixedOffset>> {
    let day = || {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Utc.from_utc_datetime(&day.and_hms_opt(0, 0, 0)?).fixed_offset())
    };
    DateTime::parse_from_rfc3339(text).ok().or_else(day)
}
