//! Regular expressions with Go's syntax.

use regex::{Regex, RegexBuilder};

use super::patterns;
use super::strings;
use crate::template::format::quote;
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{List, Text, Type, Value};

const S: Type = Type::String;
const I: Type = Type::Int;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regexMatch", &[S, S], |_, given| {
        Ok(compile(given).is_ok_and(|regex| regex.is_match(&given.string(1))).into())
    }),
    Function::new("mustRegexMatch", &[S, S], |_, given| Ok(compile(given)?.is_match(&given.string(1)).into())),
    Function::new("regexFind", &[S, S], |call, given| find(call, given).map_err(|failure| panicked(given, failure))),
    Function::new("mustRegexFind", &[S, S], find),
    Function::new("regexFindAll", &[S, S, I], |call, given| {
        find_all(call, given).map_err(|failure| panicked(given, failure))
    }),
    Function::new("mustRegexFindAll", &[S, S, I], find_all),
    Function::new("regexReplaceAll", &[S, S, S], |call, given| {
        replace(call, given).map_err(|failure| panicked(given, failure))
    }),
    Function::new("mustRegexReplaceAll", &[S, S, S], replace),
    Function::new("regexReplaceAllLiteral", &[S, S, S], |call, given| {
        replace_literal(call, given).map_err(|failure| panicked(given, failure))
    }),
    Function::new("mustRegexReplaceAllLiteral", &[S, S, S], replace_literal),
    Function::new("regexSplit", &[S, S, I], |call, given| {
        split(call, given).map_err(|failure| panicked(given, failure))
    }),
    Function::new("mustRegexSplit", &[S, S, I], split),
    Function::new("regexQuoteMeta", &[S], |call, given| text(call, patterns::quote_meta(&given.string(0)))),
];

/// What Go says where a pattern that must be right is not.
fn panicked(given: &Arguments<'_>, failure: Failure) -> Failure {
    match failure {
        Failure::Message(problem) => {
            let pattern = given.text(0);
            let shown =
                if quote::can_be_raw(pattern) { format!("`{}`", given.string(0)) } else { quote::quoted(pattern) };
            Failure::Message(format!("regexp: Compile({shown}): {problem}"))
        }
        failure => failure,
    }
}

/// Memory of one compiled expression.
const MAX_PROGRAM: usize = 2 << 20;

fn compile(given: &Arguments<'_>) -> Result<Regex, Failure> {
    let pattern = given.string(0);
    let translated = patterns::translate(&pattern).map_err(Failure::Message)?;
    RegexBuilder::new(&translated)
        .size_limit(MAX_PROGRAM)
        .build()
        .map_err(|error| Failure::message(patterns::problem(&pattern, &error)))
}

fn find(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let regex = compile(given)?;
    let whole = given.string(1);
    text(call, regex.find(&whole).map_or("", |found| found.as_str()))
}

fn find_all(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let regex = compile(given)?;
    let whole = given.string(1);
    let limit = usize::try_from(given.int(2)).unwrap_or(usize::MAX);
    let found = regex.find_iter(&whole).take(limit).map(|found| Text::from(found.as_str())).collect::<Vec<_>>();
    if found.is_empty() {
        return Ok(Value::List(List::nil(S)));
    }
    strings::strings(call, found)
}

fn replace(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let regex = compile(given)?;
    let (whole, replacement) = (given.string(1), given.string(2));
    let matches = regex.find_iter(&whole).count();
    // Each reference in the replacement may stand for the whole match.
    let references = 1 + replacement.matches('$').count();
    call.produce(matches.saturating_mul(replacement.len()).saturating_add(whole.len().saturating_mul(references)))?;
    text(call, regex.replace_all(&whole, &*replacement))
}

fn replace_literal(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let regex = compile(given)?;
    let (whole, replacement) = (given.string(1), given.string(2));
    call.produce(regex.find_iter(&whole).count().saturating_mul(replacement.len()))?;
    text(call, regex.replace_all(&whole, regex::NoExpand(&replacement)))
}

/// Go's `Regexp.Split`.
fn split(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let regex = compile(given)?;
    let whole = given.string(1);
    let limit = match given.int(2) {
        0 => return Ok(Value::List(List::nil(S))),
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    if whole.is_empty() && !given.text(0).is_empty() {
        return strings::strings(call, vec![Text::from("")]);
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(&whole) {
        if parts.len() + 1 >= limit {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Text::from(&whole[start..end]));
        }
        start = found.end();
    }
    if end != whole.len() {
        parts.push(Text::from(&whole[start..]));
    }
    strings::strings(call, parts)
}
