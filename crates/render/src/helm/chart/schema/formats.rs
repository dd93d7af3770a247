//! `format`: what texts look like. Before draft 2019-09 it counts.

mod network;
mod time;

use crate::template::format::quote::quoted;
use crate::template::sprig::patterns;

/// A known format; unknown ones are no more than remarks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    name: &'static str,
    check: Check,
}

/// Whether a text has a format, or why not.
type Checked = Result<(), String>;

type Check = fn(&str) -> Checked;

const FORMATS: [(&str, Check); 19] = [
    ("regex", regex),
    ("json-pointer", json_pointer),
    ("relative-json-pointer", relative_json_pointer),
    ("uuid", uuid),
    ("duration", time::duration),
    ("period", time::period),
    ("date", time::date),
    ("time", time::time),
    ("date-time", time::date_time),
    ("ipv4", network::ipv4),
    ("ipv6", network::ipv6),
    ("hostname", network::hostname),
    ("email", network::email),
    ("uri", network::uri),
    ("iri", network::uri),
    ("uri-reference", network::uri_reference),
    ("iri-reference", network::uri_reference),
    ("uri-template", network::uri_template),
    ("semver", semver),
];

impl Format {
    pub(super) fn of(name: &str) -> Option<Format> {
        FORMATS.into_iter().find(|(known, _)| *known == name).map(|(name, check)| Format { name, check })
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn check(self, text: &str) -> Checked {
        (self.check)(text)
    }
}

/// Refuses with a reason, unless something holds.
fn ensure(holds: bool, reason: impl Into<String>) -> Checked {
    if holds { Ok(()) } else { Err(reason.into()) }
}

/// The first character that is none of those, as Go shows it.
fn other_than(text: &str, is_allowed: impl Fn(char) -> bool) -> Option<String> {
    let character = text.chars().find(|character| !is_allowed(*character))?;
    let quoted = quoted(character.to_string().as_bytes());
    Some(match character {
        '"' => "'\"'".to_owned(),
        '\'' => "'\\''".to_owned(),
        _ => format!("'{}'", &quoted[1..quoted.len() - 1]),
    })
}

fn regex(text: &str) -> Checked {
    let translated = patterns::translate(text)?;
    regex::Regex::new(&translated).map(|_| ()).map_err(|error| error.to_string())
}

fn json_pointer(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    ensure(text.starts_with('/'), "not starting with /")?;
    let mut rest = text.split('~');
    rest.next();
    ensure(rest.all(|after| after.starts_with(['0', '1'])), "~ must be followed by 0 or 1")
}

fn relative_json_pointer(text: &str) -> Checked {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    ensure(digits > 0, "must start with non-negative integer")?;
    ensure(digits == 1 || !text.starts_with('0'), "starts with zero")?;
    match &text[digits..] {
        "#" => Ok(()),
        rest => json_pointer(rest),
    }
}

fn uuid(text: &str) -> Checked {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    ensure(groups.len() == LENGTHS.len(), "must have 5 elements")?;
    for (at, (group, length)) in groups.into_iter().zip(LENGTHS).enumerate() {
        ensure(group.len() == length, format!("element {} must be {length} characters long", at + 1))?;
        if let Some(character) = other_than(group, |character| character.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {character}"));
        }
    }
    Ok(())
}

fn semver(text: &str) -> Checked {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if let Some(build) = build {
        ensure(!build.is_empty(), "build is empty")?;
        for part in build.split('.') {
            ensure(!part.is_empty(), "build identifier is empty")?;
            if let Some(character) = other_than(part, is_allowed) {
                return Err(format!("invalid character {character} in build identifier"));
            }
        }
    }
    let (core, prerelease) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    for part in prerelease.into_iter().flat_map(|prerelease| prerelease.split('.')) {
        ensure(!part.is_empty(), "pre-release identifier is empty")?;
        if let Some(character) = other_than(part, is_allowed) {
            return Err(format!("invalid character {character} in pre-release identifier"));
        }
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        ensure(
            !(is_number && part.len() > 1 && part.starts_with('0')),
            "pre-release numeric identifier starts with zero",
        )?;
    }
    let numbers: Vec<&str> = core.split('.').collect();
    ensure(numbers.len() == 3, "versionCore must have 3 numbers separated by dot")?;
    for (number, name) in numbers.into_iter().zip(["major", "minor", "patch"]) {
        ensure(!number.is_empty(), format!("{name} is empty"))?;
        ensure(!(number.len() > 1 && number.starts_with('0')), format!("{name} starts with zero"))?;
        ensure(number.bytes().all(|byte| byte.is_ascii_digit()), format!("{name} contains non-digit"))?;
    }
    Ok(())
}
