//! `configMapGenerator` and `secretGenerator`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Location, Origin, Value};
use serde_json::{Map, json};

use super::file::{GeneratorEntry, GeneratorOptions};
use super::loader::Loader;
use super::problem::{Failure, Problem};
use super::resource::{Behavior, HashSuffix, Resource};

/// How many characters of base64 go on one line, where there are more.
const BASE64_LINE: usize = 70;

/// What a generator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generated {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

impl Generated {
    fn kind(self) -> &'static str {
        match self {
            Generated::ConfigMap => "ConfigMap",
            Generated::Secret => "Secret",
        }
    }
}

/// The resource that an entry at `place` describes; `defaults` are the kustomization's `generatorOptions`.
pub(crate) fn generate(
    kind: Generated,
    entry: &GeneratorEntry,
    defaults: Option<&GeneratorOptions>,
    loader: &Loader<'_>,
    place: Option<Location>,
) -> Result<Resource, Failure> {
    if entry.name.is_empty() {
        return Err(Problem::GeneratorWithoutName(kind.kind()).at(place).into());
    }
    let options = merged_options(entry.options.as_ref(), defaults);
    let data = data(entry, loader, place.as_ref())?;

    let mut metadata = Map::from_iter([("name".to_owned(), json!(entry.name))]);
    if !entry.namespace.is_empty() {
        metadata.insert("namespace".to_owned(), json!(entry.namespace));
    }
    for (field, texts) in [("labels", &options.labels), ("annotations", &options.annotations)] {
        if !texts.is_empty() {
            metadata.insert(field.to_owned(), json!(texts));
        }
    }
    let mut object = Map::from_iter([
        ("apiVersion".to_owned(), json!("v1")),
        ("kind".to_owned(), json!(kind.kind())),
        ("metadata".to_owned(), Value::Object(metadata)),
    ]);
    match kind {
        Generated::ConfigMap => {
            for (key, content) in data {
                let (field, text) = match String::from_utf8(content) {
                    Ok(text) => ("data", text),
                    Err(error) => ("binaryData", base64_lines(error.as_bytes())),
                };
                let fields = object.entry(field).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(fields) = fields {
                    fields.insert(key, Value::String(text));
                }
            }
        }
        Generated::Secret => {
            let r#type = if entry.r#type.is_empty() { "Opaque" } else { &entry.r#type };
            object.insert("type".to_owned(), json!(r#type));
            let data = data.into_iter().map(|(key, content)| (key, Value::String(base64_lines(&content))));
            object.insert("data".to_owned(), data.collect());
        }
    }
    if options.immutable {
        object.insert("immutable".to_owned(), Value::Bool(true));
    }
    let origin = Origin { location: place, fields: None, through: loader.through.as_slice().into() };
    let mut resource = Resource::new(Value::Object(object), origin);
    resource.behavior = Behavior::parse(&entry.behavior);
    resource.hash_suffix = if options.disable_name_suffix_hash { HashSuffix::None } else { HashSuffix::Append };
    Ok(resource)
}

/// A generator's own options over the kustomization's; either one can turn a switch on.
fn merged_options(own: Option<&GeneratorOptions>, defaults: Option<&GeneratorOptions>) -> GeneratorOptions {
    let mut options = own.cloned().unwrap_or_default();
    if let Some(defaults) = defaults {
        for (key, text) in &defaults.labels {
            options.labels.entry(key.clone()).or_insert_with(|| text.clone());
        }
        for (key, text) in &defaults.annotations {
            options.annotations.entry(key.clone()).or_insert_with(|| text.clone());
        }
        options.disable_name_suffix_hash |= defaults.disable_name_suffix_hash;
        options.immutable |= defaults.immutable;
    }
    options
}

/// Every key with its content, from files of variables, literals and files.
fn data(
    entry: &GeneratorEntry,
    loader: &Loader<'_>,
    place: Option<&Location>,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let fail = |problem: Problem| Failure::from(problem.at(place.cloned()));
    let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
    for path in &entry.envs {
        let (file, content) = loader.read(path, place)?;
        pairs.extend(variables(content, &file)?);
    }
    for literal in &entry.literals {
        let (key, text) = literal
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| fail(Problem::BadLiteral(literal.clone())))?;
        pairs.push((key.to_owned(), unquoted(text).as_bytes().to_vec()));
    }
    for source in &entry.files {
        let (key, path) = file_source(source).map_err(&fail)?;
        let (_, content) = loader.read(path, place)?;
        pairs.push((key.to_owned(), content.to_vec()));
    }
    let mut data = BTreeMap::new();
    for (key, content) in pairs {
        if data.insert(key.clone(), content).is_some() {
            return Err(fail(Problem::RepeatedKey { generator: entry.name.clone(), key }));
        }
    }
    Ok(data)
}

/// The `key=value` lines of a file; a line without `=` is a key with an empty value.
fn variables(content: &[u8], file: &str) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut pairs = Vec::new();
    for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|_| {
            let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
            Problem::NotUtf8.at(Some(Location { file: file.into(), line, column: 0 }))
        })?;
        let text = if index == 0 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Ok(pairs)
}

/// Without the quotes around it, if it has the same one on both sides.
fn unquoted(text: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

/// Key and path of `key=path`, or of a path alone, whose last name is the key.
fn file_source(source: &str) -> Result<(&str, &str), Problem> {
    match source.split_once('=') {
        None => Ok((source.rsplit('/').find(|name| !name.is_empty()).unwrap_or(source), source)),
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => Ok((key, path)),
        Some(_) => Err(Problem::BadFileSource(source.to_owned())),
    }
}

/// Base64, broken into lines where it is long.
fn base64_lines(content: &[u8]) -> String {
    let encoded = STANDARD.encode(content);
    if encoded.len() < BASE64_LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / BASE64_LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so every position is a character's start.
        let (line, after) = rest.split_at(rest.len().min(BASE64_LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}
