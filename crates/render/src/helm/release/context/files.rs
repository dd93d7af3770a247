//! `.Files`: what a chart brings along for its templates to read.

use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::glob::Glob;
use crate::helm::chart::ChartFile;
use crate::template::Value;
use crate::template::function::{Arguments, Call, Failure};
use crate::template::helm::yaml;
use crate::template::value::{Map, Method, Named, Text, Type};

/// `engine.files`: contents by path.
struct Files;

/// The files of a chart.
pub(super) fn of(files: &[ChartFile]) -> Value {
    let entries = files.iter().map(|file| (file.name.as_str().into(), Value::Bytes((&*file.data).into()))).collect();
    files_of(entries)
}

fn files_of(entries: BTreeMap<Text, Value>) -> Value {
    Value::Map(Map::named_of(Rc::new(Files), Type::Bytes, entries))
}

impl Named for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn method(&self, name: &str) -> Option<Method> {
        const PATH: &[Type] = &[Type::String];
        match name {
            "Get" => Some(Method { parameters: PATH, body: get }),
            "GetBytes" => Some(Method { parameters: PATH, body: get_bytes }),
            "Glob" => Some(Method { parameters: PATH, body: glob }),
            "Lines" => Some(Method { parameters: PATH, body: lines }),
            "AsConfig" => Some(Method { parameters: &[], body: as_config }),
            "AsSecrets" => Some(Method { parameters: &[], body: as_secrets }),
            _ => None,
        }
    }
}

fn entries(files: &Value) -> Vec<(Text, Value)> {
    match files {
        Value::Map(map) => map.entries(),
        _ => Vec::new(),
    }
}

fn content(files: &Value, path: &[u8]) -> Option<Rc<[u8]>> {
    match files {
        Value::Map(map) => match map.get(path) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        },
        _ => None,
    }
}

fn get_bytes(call: &mut Call<'_>, files: &Value, given: &Arguments<'_>) -> Result<Value, Failure> {
    let bytes = content(files, given.text(0)).unwrap_or_else(|| [].into());
    call.produce(bytes.len())?;
    Ok(Value::Bytes(bytes))
}

fn get(call: &mut Call<'_>, files: &Value, given: &Arguments<'_>) -> Result<Value, Failure> {
    let bytes = content(files, given.text(0)).unwrap_or_else(|| [].into());
    call.produce(bytes.len())?;
    Ok(Value::string(&*bytes))
}

fn glob(_: &mut Call<'_>, files: &Value, given: &Arguments<'_>) -> Result<Value, Failure> {
    let glob = Glob::parse(&given.string(0));
    Ok(files_of(entries(files).into_iter().filter(|(path, _)| glob.matches(&path.lossy())).collect()))
}

fn lines(call: &mut Call<'_>, files: &Value, given: &Arguments<'_>) -> Result<Value, Failure> {
    let Some(bytes) = content(files, given.text(0)).filter(|bytes| !bytes.is_empty()) else {
        return Ok(Value::strings(Vec::<Text>::new()));
    };
    call.produce(bytes.len())?;
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(Value::strings(text.split(|byte| *byte == b'\n')))
}

fn as_config(call: &mut Call<'_>, files: &Value, _: &Arguments<'_>) -> Result<Value, Failure> {
    by_file_name(call, files, |bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn as_secrets(call: &mut Call<'_>, files: &Value, _: &Arguments<'_>) -> Result<Value, Failure> {
    by_file_name(call, files, |bytes| STANDARD.encode(bytes))
}

/// The contents as YAML by the last parts of their paths; of several with one name, the one with the last path counts.
fn by_file_name(call: &mut Call<'_>, files: &Value, written: impl Fn(&[u8]) -> String) -> Result<Value, Failure> {
    let mut members = serde_json::Map::new();
    for (path, content) in entries(files) {
        let Value::Bytes(bytes) = content else { continue };
        call.produce(bytes.len())?;
        let path = path.lossy();
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        members.insert(name, Json::String(written(&bytes)));
    }
    let text = yaml::to_yaml(&Json::Object(members));
    call.produce(text.len())?;
    Ok(Value::string(text))
}
