//! Reads `application/vnd.kubernetes.protobuf`: what Go's typed clients, and with them `kubectl create`, send for
//! built-in kinds. Answers are always JSON, which these clients accept too.

mod schema;
mod wire;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use self::schema::{Field, Kind, Message, Shape};
use self::wire::{Fields, Wire};

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// What every body begins with.
const MAGIC: &[u8] = b"k8s\0";

/// Deeper than any built-in type, so that a hostile body cannot exhaust the stack.
const MOST_DEPTH: usize = 64;

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("it does not begin with the bytes \"k8s\\0\"")]
    Magic,
    #[error("it ends in the middle of a field")]
    Truncated,
    #[error("a number is longer than 64 bits")]
    Varint,
    #[error("wire type {0} is unknown")]
    WireType(u64),
    #[error("{kind} of {api_version} is not known in this format, send it as JSON")]
    UnknownKind { api_version: String, kind: String },
    #[error("field {number} of {message} is unknown, send it as JSON")]
    UnknownField { message: String, number: u64 },
    #[error("field {field} does not hold what it should")]
    WrongType { field: String },
    #[error("it is nested too deeply")]
    Depth,
}

/// The object in a body, as JSON.
pub(crate) fn decode(body: &[u8]) -> Result<Value, Malformed> {
    let envelope = body.strip_prefix(MAGIC).ok_or(Malformed::Magic)?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for field in Fields::of(envelope) {
        match field? {
            (1, Wire::Bytes(type_meta)) => {
                for field in Fields::of(type_meta) {
                    match field? {
                        (1, value) => api_version = string("apiVersion", value)?.to_owned(),
                        (2, value) => kind = string("kind", value)?.to_owned(),
                        (number, _) => return Err(Malformed::UnknownField { message: "TypeMeta".into(), number }),
                    }
                }
            }
            (2, Wire::Bytes(object)) => raw = object,
            // The encoding and content type of the object, empty for protobuf.
            (3 | 4, Wire::Bytes([])) => {}
            (number, _) => return Err(Malformed::UnknownField { message: "Unknown".into(), number }),
        }
    }
    let package = package(&api_version);
    let Some(message) = schema::message(&package, &kind).or_else(|| schema::message("meta/v1", &kind)) else {
        return Err(Malformed::UnknownKind { api_version, kind });
    };
    let mut fields = Map::from_iter([("apiVersion".to_owned(), json!(api_version)), ("kind".to_owned(), json!(kind))]);
    read(message, &kind, raw, &mut fields, MOST_DEPTH)?;
    Ok(Value::Object(fields))
}

/// `core/v1` of `v1`, `rbac/v1` of `rbac.authorization.k8s.io/v1`: Go's folders.
fn package(api_version: &str) -> String {
    match api_version.split_once('/') {
        Some((group, version)) => format!("{}/{version}", group.split('.').next().unwrap_or_default()),
        None => format!("core/{api_version}"),
    }
}

fn read(
    message: &Message,
    name: &str,
    bytes: &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), Malformed> {
    let depth = depth.checked_sub(1).ok_or(Malformed::Depth)?;
    for field in Fields::of(bytes) {
        let (number, wire) = field?;
        let unknown = || Malformed::UnknownField { message: name.to_owned(), number };
        let Field { name: field_name, kind, shape } = *message.get(&number).ok_or_else(unknown)?;
        let Some(field_name) = field_name else {
            if let (Kind::Message(package, inner), Wire::Bytes(bytes)) = (kind, wire) {
                read(schema::message(package, inner).ok_or_else(unknown)?, inner, bytes, into, depth)?;
            }
            continue;
        };
        match shape {
            Shape::One => {
                into.insert(field_name.to_owned(), value(kind, field_name, wire, depth)?);
            }
            Shape::OneUnlessZero => {
                let value = value(kind, field_name, wire, depth)?;
                if value != "" && value != 0 && value != false {
                    into.insert(field_name.to_owned(), value);
                }
            }
            Shape::List => {
                let value = value(kind, field_name, wire, depth)?;
                if let Value::Array(items) = into.entry(field_name).or_insert_with(|| json!([])) {
                    items.push(value);
                }
            }
            Shape::Map => {
                let (key, value) = entry(kind, field_name, wire, depth)?;
                into.entry(field_name).or_insert_with(|| json!({}))[key] = value;
            }
        }
    }
    Ok(())
}

/// A map's entry: a message of a key and a value, each left out when it is empty.
fn entry(kind: Kind, name: &str, wire: Wire<'_>, depth: usize) -> Result<(String, Value), Malformed> {
    let (mut key, mut found) = (String::new(), Wire::Bytes(&[]));
    for field in Fields::of(bytes(name, wire)?) {
        match field? {
            (1, wire) => key = string(name, wire)?.to_owned(),
            (2, wire) => found = wire,
            (number, _) => return Err(Malformed::UnknownField { message: name.to_owned(), number }),
        }
    }
    Ok((key, value(kind, name, found, depth)?))
}

fn value(kind: Kind, name: &str, wire: Wire<'_>, depth: usize) -> Result<Value, Malformed> {
    Ok(match kind {
        Kind::String => json!(string(name, wire)?),
        Kind::Bool => json!(integer(name, wire)? != 0),
        Kind::Integer => json!(integer(name, wire)?),
        Kind::Bytes => json!(BASE64_STANDARD.encode(bytes(name, wire)?)),
        Kind::Time => time(name, wire)?,
        Kind::Quantity => match first(name, wire)? {
            Some(wire) => json!(string(name, wire)?),
            None => json!("0"),
        },
        Kind::IntOrString => int_or_string(name, wire)?,
        Kind::Duration => json!(match first(name, wire)? {
            Some(wire) => go_duration(integer(name, wire)?),
            None => "0s".to_owned(),
        }),
        Kind::Raw => match first(name, wire)? {
            Some(wire) => serde_json::from_slice(bytes(name, wire)?).map_err(|_| wrong(name))?,
            None => Value::Null,
        },
        Kind::Strings => {
            let items = Fields::of(bytes(name, wire)?).map(|field| field.and_then(|(_, wire)| string(name, wire)));
            json!(items.collect::<Result<Vec<_>, _>>()?)
        }
        Kind::Message(package, inner) => {
            let unknown = || Malformed::UnknownKind { api_version: package.to_owned(), kind: inner.to_owned() };
            let mut fields = Map::new();
            let message = schema::message(package, inner).ok_or_else(unknown)?;
            read(message, inner, bytes(name, wire)?, &mut fields, depth)?;
            Value::Object(fields)
        }
    })
}

/// Seconds and nanoseconds since 1970; none is no time at all.
fn time(name: &str, wire: Wire<'_>) -> Result<Value, Malformed> {
    let (mut seconds, mut nanoseconds) = (None, 0);
    for field in Fields::of(bytes(name, wire)?) {
        match field? {
            (1, wire) => seconds = Some(integer(name, wire)?),
            (2, wire) => nanoseconds = integer(name, wire)?,
            (number, _) => return Err(Malformed::UnknownField { message: "Time".to_owned(), number }),
        }
    }
    let Some(seconds) = seconds else { return Ok(Value::Null) };
    let nanoseconds = i32::try_from(nanoseconds).map_err(|_| wrong(name))?;
    let time = jiff::Timestamp::new(seconds, nanoseconds).map_err(|_| wrong(name))?;
    Ok(json!(time.to_string()))
}

fn int_or_string(name: &str, wire: Wire<'_>) -> Result<Value, Malformed> {
    let (mut is_string, mut number, mut text) = (false, 0, "");
    for field in Fields::of(bytes(name, wire)?) {
        match field? {
            (1, wire) => is_string = integer(name, wire)? == 1,
            (2, wire) => number = integer(name, wire)?,
            (3, wire) => text = string(name, wire)?,
            (number, _) => return Err(Malformed::UnknownField { message: "IntOrString".to_owned(), number }),
        }
    }
    Ok(if is_string { json!(text) } else { json!(number) })
}

/// Nanoseconds as Go writes a duration, in the largest unit that holds them without a fraction.
fn go_duration(nanoseconds: i64) -> String {
    let units = [(3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms")];
    let unit = units.iter().find(|(size, _)| nanoseconds != 0 && nanoseconds % size == 0);
    unit.map_or_else(|| format!("{nanoseconds}ns"), |(size, unit)| format!("{}{unit}", nanoseconds / size))
}

/// The first field of a message that only has one.
fn first<'a>(name: &str, wire: Wire<'a>) -> Result<Option<Wire<'a>>, Malformed> {
    Fields::of(bytes(name, wire)?).next().transpose().map(|field| field.map(|(_, wire)| wire))
}

fn bytes<'a>(name: &str, wire: Wire<'a>) -> Result<&'a [u8], Malformed> {
    match wire {
        Wire::Bytes(bytes) => Ok(bytes),
        Wire::Varint(_) | Wire::Fixed32(_) | Wire::Fixed64(_) => Err(wrong(name)),
    }
}

fn string<'a>(name: &str, wire: Wire<'a>) -> Result<&'a str, Malformed> {
    std::str::from_utf8(bytes(name, wire)?).map_err(|_| wrong(name))
}

fn integer(name: &str, wire: Wire<'_>) -> Result<i64, Malformed> {
    match wire {
        // Negative numbers are on the wire as their two's complement.
        Wire::Varint(value) => Ok(value.cast_signed()),
        Wire::Bytes(_) | Wire::Fixed32(_) | Wire::Fixed64(_) => Err(wrong(name)),
    }
}

fn wrong(name: &str) -> Malformed {
    Malformed::WrongType { field: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// A field with a string, bytes or message in it.
    fn field(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
        let content = content.as_ref();
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn number(number: u8, value: u8) -> Vec<u8> {
        vec![number << 3, value]
    }

    fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
        let type_meta = [field(1, api_version), field(2, kind)].concat();
        let rest = [field(1, type_meta), field(2, object), field(3, ""), field(4, "")].concat();
        [MAGIC, &rest].concat()
    }

    #[track_caller]
    fn check(body: &[u8], expected: Expect) {
        expected.assert_eq(&match decode(body) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn objects_are_read_as_go_would_print_them() {
        let metadata = [
            field(1, "web"),
            field(2, ""),
            number(7, 0),
            field(8, ""),
            field(11, [field(1, "a"), field(2, "b")].concat()),
        ];
        check(
            &body("v1", "Namespace", &[field(1, metadata.concat()), field(2, ""), field(3, field(1, ""))].concat()),
            expect![[
                r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"creationTimestamp":null,"labels":{"a":"b"},"name":"web"},"spec":{},"status":{}}"#
            ]],
        );
        let secret = [field(2, [field(1, "password"), field(2, "x")].concat()), field(3, "Opaque"), number(5, 1)];
        check(
            &body("v1", "Secret", &secret.concat()),
            expect![[
                r#"{"apiVersion":"v1","data":{"password":"eA=="},"immutable":true,"kind":"Secret","type":"Opaque"}"#
            ]],
        );
        let rule = [field(1, "get"), field(1, "list"), field(2, ""), field(3, "pods")];
        check(
            &body("rbac.authorization.k8s.io/v1", "Role", &field(2, rule.concat())),
            expect![[
                r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]}"#
            ]],
        );
        check(
            &body("apps/v1", "DeleteOptions", &[number(1, 0), field(4, "Orphan")].concat()),
            expect![[
                r#"{"apiVersion":"apps/v1","gracePeriodSeconds":0,"kind":"DeleteOptions","propagationPolicy":"Orphan"}"#
            ]],
        );
    }

    #[test]
    fn special_types_have_their_json_form() {
        let budget = [
            field(1, [number(1, 1), number(2, 0), field(3, "50%")].concat()),
            field(3, [number(1, 0), number(2, 2), field(3, "")].concat()),
        ];
        check(
            &body("policy/v1", "PodDisruptionBudget", &field(2, budget.concat())),
            expect![[
                r#"{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","spec":{"maxUnavailable":2,"minAvailable":"50%"}}"#
            ]],
        );
        let hard = field(1, [field(1, "cpu"), field(2, field(1, "500m"))].concat());
        check(
            &body("v1", "ResourceQuota", &field(2, hard)),
            expect![[r#"{"apiVersion":"v1","kind":"ResourceQuota","spec":{"hard":{"cpu":"500m"}}}"#]],
        );
        // A Secret's volume: both messages around its name stand among the volume's own fields.
        let volume = [field(1, "login"), field(2, field(6, field(1, "web-login")))].concat();
        check(
            &body("v1", "Pod", &field(2, field(1, volume))),
            expect![[
                r#"{"apiVersion":"v1","kind":"Pod","spec":{"volumes":[{"name":"login","secret":{"secretName":"web-login"}}]}}"#
            ]],
        );
        let time = field(8, number(1, 5));
        check(
            &body("v1", "ConfigMap", &field(1, time)),
            expect![[
                r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"creationTimestamp":"1970-01-01T00:00:05Z"}}"#
            ]],
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        check(b"{}", expect![[r#"it does not begin with the bytes "k8s\0""#]]);
        check(&body("v1", "Namespace", &[0x0a, 9, 1]), expect!["it ends in the middle of a field"]);
        check(&body("v1", "Namespace", &[0x0b]), expect!["wire type 3 is unknown"]);
        check(&body("v1", "Namespace", &[0xff; 11]), expect!["a number is longer than 64 bits"]);
        check(&body("v1", "Namespace", &number(1, 1)), expect!["field metadata does not hold what it should"]);
        check(&body("v1", "Namespace", &number(9, 1)), expect!["field 9 of Namespace is unknown, send it as JSON"]);
        check(
            &body("example.com/v1", "Widget", b""),
            expect!["Widget of example.com/v1 is not known in this format, send it as JSON"],
        );
    }
}
