//! Text: trimming, cutting, replacing, quoting, indenting.

use std::collections::BTreeMap;

use super::convert::{self, count};
use crate::template::format::{self, quote};
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{List, Map, Text, Type, Value};

const S: Type = Type::String;
const I: Type = Type::Int;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("hello", &[], |call, _| text(call, "Hello!")),
    Function::new("trim", &[S], |call, given| text(call, given.string(0).trim().to_owned())),
    Function::new("trimall", &[S, S], trim_all),
    Function::new("trimAll", &[S, S], trim_all),
    Function::new("trimSuffix", &[S, S], |call, given| {
        let whole = given.text(1);
        text(call, whole.strip_suffix(given.text(0)).unwrap_or(whole))
    }),
    Function::new("trimPrefix", &[S, S], |call, given| {
        let whole = given.text(1);
        text(call, whole.strip_prefix(given.text(0)).unwrap_or(whole))
    }),
    Function::new("trunc", &[I, S], truncate),
    Function::new("substr", &[I, I, S], substring),
    Function::new("repeat", &[I, S], repeat),
    Function::new("nospace", &[S], |call, given| {
        // Bytes are taken for characters, as upstream does where there is something to remove.
        let characters = given.text(0).iter().copied().map(char::from);
        if !characters.clone().any(char::is_whitespace) {
            return Ok(given.value(0).clone());
        }
        text(call, characters.filter(|c| !c.is_whitespace()).collect::<String>())
    }),
    Function::new("contains", &[S, S], |_, given| Ok(contains(given.text(1), given.text(0)).into())),
    Function::new("hasPrefix", &[S, S], |_, given| Ok(given.text(1).starts_with(given.text(0)).into())),
    Function::new("hasSuffix", &[S, S], |_, given| Ok(given.text(1).ends_with(given.text(0)).into())),
    Function::variadic("quote", &[], Type::Any, |call, given| {
        quote_all(call, given, |value| quote::quoted(&convert::text(value)).into_bytes())
    }),
    Function::variadic("squote", &[], Type::Any, |call, given| {
        quote_all(call, given, |value| [b"'", format::display(value).as_slice(), b"'"].concat())
    }),
    Function::variadic("cat", &[], Type::Any, concatenate),
    Function::new("indent", &[I, S], |call, given| {
        let out = indent(call, given)?;
        text(call, out)
    }),
    Function::new("nindent", &[I, S], |call, given| {
        let mut out = indent(call, given)?;
        out.insert(0, b'\n');
        text(call, out)
    }),
    Function::new("replace", &[S, S, S], |call, given| {
        let out = replace(call, given.text(2), given.text(0), given.text(1))?;
        text(call, out)
    }),
    Function::new("plural", &[S, S, I], |_, given| Ok(given.value(if given.int(2) == 1 { 0 } else { 1 }).clone())),
    Function::new("toString", &[Type::Any], |call, given| text(call, convert::text(given.value(0)))),
    Function::new("toStrings", &[Type::Any], |call, given| strings(call, convert::texts(given.value(0)))),
    Function::new("join", &[S, Type::Any], join),
    Function::new("sortAlpha", &[Type::Any], sort),
    Function::new("split", &[S, S], |call, given| {
        let parts = split(given.text(1), given.text(0), usize::MAX);
        numbered(call, &parts)
    }),
    Function::new("splitn", &[S, I, S], |call, given| {
        let limit = match given.int(1) {
            0 => return numbered(call, &[]),
            limit => usize::try_from(limit).unwrap_or(usize::MAX),
        };
        let parts = split(given.text(2), given.text(0), limit);
        numbered(call, &parts)
    }),
    Function::new("splitList", &[S, S], |call, given| {
        let parts = split(given.text(1), given.text(0), usize::MAX);
        strings(call, parts.into_iter().map(Text::from).collect())
    }),
];

fn trim_all(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let cutset = given.string(0);
    let out = given.string(1).trim_matches(|c| cutset.contains(c)).to_owned();
    text(call, out)
}

/// The first bytes, or with a negative count the last ones.
fn truncate(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let whole = given.text(1);
    let length = given.int(0);
    let size = count(length.saturating_abs());
    let out = if length < 0 && whole.len() > size {
        &whole[whole.len() - size..]
    } else if length >= 0 && whole.len() > size {
        &whole[..size]
    } else {
        whole
    };
    text(call, out)
}

fn substring(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let whole = given.text(2);
    let (start, end) = (given.int(0), given.int(1));
    let length = whole.len();
    let out_of_range = |shown: String| Failure::message(format!("runtime error: slice bounds out of range {shown}"));
    let (start, end) = match (usize::try_from(start), usize::try_from(end)) {
        (Err(_), Ok(end)) if end > length => return Err(out_of_range(format!("[:{end}] with length {length}"))),
        (Err(_), Ok(end)) => (0, end),
        (Err(_), Err(_)) => return Err(out_of_range(format!("[:{end}]"))),
        (Ok(start), Ok(end)) if end <= length => (start, end),
        (Ok(start), _) => (start, length),
    };
    let out = whole.get(start..end).ok_or_else(|| out_of_range(format!("[{start}:{end}]")))?;
    text(call, out)
}

fn repeat(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let times = usize::try_from(given.int(0)).map_err(|_| Failure::message("strings: negative Repeat count"))?;
    let part = given.text(1);
    call.produce(part.len().saturating_mul(times))?;
    Ok(Value::string(part.repeat(times)))
}

fn quote_all(call: &mut Call<'_>, given: &Arguments<'_>, quote: impl Fn(&Value) -> Vec<u8>) -> Result<Value, Failure> {
    let parts: Vec<Vec<u8>> = given.all().iter().filter(|value| !matches!(value, Value::Nil)).map(quote).collect();
    text(call, parts.join(&b' '))
}

fn concatenate(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let parts: Vec<Vec<u8>> =
        given.all().iter().filter(|value| !matches!(value, Value::Nil)).map(format::display).collect();
    text(call, parts.join(&b' '))
}

fn indent(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Vec<u8>, Failure> {
    let spaces = usize::try_from(given.int(0)).map_err(|_| Failure::message("strings: negative Repeat count"))?;
    let whole = given.text(1);
    let lines = 1 + whole.iter().filter(|byte| **byte == b'\n').count();
    call.produce(spaces.saturating_mul(lines))?;
    let padding = vec![b' '; spaces];
    let mut out = Vec::with_capacity(whole.len() + spaces * lines);
    out.extend_from_slice(&padding);
    for line in whole.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(line);
        if line.ends_with(b"\n") {
            out.extend_from_slice(&padding);
        }
    }
    Ok(out)
}

/// Every occurrence replaced; an empty one stands between all characters.
fn replace(call: &mut Call<'_>, whole: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, Failure> {
    if old.is_empty() {
        let whole = String::from_utf8_lossy(whole);
        call.produce(new.len().saturating_mul(whole.len() + 1))?;
        return Ok(whole.replace("", &String::from_utf8_lossy(new)).into_bytes());
    }
    let parts = split(whole, old, usize::MAX);
    call.produce(new.len().saturating_mul(parts.len()))?;
    Ok(parts.join(new))
}

pub(super) fn contains(whole: &[u8], part: &[u8]) -> bool {
    find(whole, part).is_some()
}

/// Where a part first occurs.
fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    let Some(first) = part.first() else { return Some(0) };
    let mut from = 0;
    while let Some(offset) = whole[from..].iter().position(|byte| byte == first) {
        let start = from + offset;
        if whole[start..].starts_with(part) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

/// Go's `strings.SplitN`: an empty separator splits characters.
pub(super) fn split<'w>(whole: &'w [u8], separator: &[u8], limit: usize) -> Vec<&'w [u8]> {
    let mut parts = Vec::new();
    let mut rest = whole;
    if separator.is_empty() {
        while !rest.is_empty() && parts.len() + 1 < limit {
            let length =
                rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8);
            let (character, after) = rest.split_at(length);
            parts.push(character);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        return parts;
    }
    while parts.len() + 1 < limit {
        let Some(at) = find(rest, separator) else { break };
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    parts
}

/// A `[]string`.
pub(super) fn strings(call: &mut Call<'_>, items: Vec<Text>) -> Result<Value, Failure> {
    call.produce(items.iter().map(|item| item.len() + size_of::<Value>()).sum())?;
    Ok(Value::List(List::of(Type::String, items.into_iter().map(Value::String).collect())))
}

/// `map[string]string{"_0": …, "_1": …}`
fn numbered(call: &mut Call<'_>, parts: &[&[u8]]) -> Result<Value, Failure> {
    call.produce(parts.iter().map(|part| part.len() + size_of::<Value>()).sum())?;
    let entries: BTreeMap<Text, Value> =
        parts.iter().enumerate().map(|(index, part)| (Text::from(format!("_{index}")), Value::string(*part))).collect();
    Ok(Value::Map(Map::of(Type::String, entries)))
}

fn join(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let parts = convert::texts(given.value(1));
    let separator = given.text(0);
    let size = parts.iter().map(|part| part.len() + separator.len()).sum();
    call.produce(size)?;
    let mut out = Vec::with_capacity(size);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(part);
    }
    Ok(Value::string(out))
}

fn sort(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = match given.value(0) {
        value @ (Value::List(_) | Value::Bytes(_)) => convert::texts(value),
        value => vec![convert::text(value)],
    };
    items.sort();
    strings(call, items)
}
