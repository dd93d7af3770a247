//! Rendering the templates of a chart and its dependencies.

use std::collections::BTreeMap;

use super::functions::functions;
use super::reformat;
use crate::template::environment::Environment;
use crate::template::error::Error;
use crate::template::limits::Limits;
use crate::template::rendering::Rendering;
use crate::template::run::{Demands, MissingKey};
use crate::template::value::{Map, Value};

/// The name of Helm's set of templates, which errors mention.
const GROUP: &str = "gotpl";

/// One file below a chart's `templates`.
#[derive(Debug, Clone)]
pub struct TemplateFile {
    /// The path with the names of the charts around it: `parent/charts/child/templates/service.yaml`.
    pub name: String,
    /// The text.
    pub text: String,
    /// `.Template.BasePath`: the chart's folder of templates.
    pub base_path: String,
    /// What the template sees: `Values`, `Release`, `Chart`, `Files`, `Capabilities`, `Subcharts`. All files of a
    /// chart share one map. It is emptied when rendering ends.
    pub data: Map,
}

/// How a chart is rendered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether a missing key is an error, as `--strict` has it, or nothing.
    pub strictness: Strictness,
    /// Whether `required` and `fail` end rendering.
    pub demands: Demands,
    /// What rendering may cost.
    pub limits: Limits,
}

/// What a value that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Nothing is printed.
    #[default]
    Lenient,
    /// An error.
    Strict,
}

/// Why a chart cannot be rendered. It reads as Helm 4 prints it; Helm 3 prints `error` itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", reformat::reformat(.error))]
pub struct RenderError {
    /// The file that was rendered.
    pub file: String,
    /// What went wrong, with the chain of includes.
    #[source]
    pub error: Error,
}

/// The output of every template by its name, without those whose file name starts with `_`.
///
/// Files in deeper folders are read first, so that templates of a parent chart replace those of its dependencies; they
/// are executed in the same order, which charts that change `.Values` rely on.
///
/// # Errors
///
/// The first file that cannot be read or executed.
pub fn render(
    mut files: Vec<TemplateFile>,
    options: &Options,
    environment: Environment,
) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    files.sort_by(|left, right| {
        let depth = |file: &TemplateFile| file.name.matches('/').count();
        depth(right).cmp(&depth(left)).then_with(|| right.name.cmp(&left.name))
    });
    let missing_key = match options.strictness {
        Strictness::Lenient => MissingKey::Zero,
        Strictness::Strict => MissingKey::Error,
    };
    let mut rendering = Rendering::new(GROUP, functions(), environment, options.limits)
        .with_missing_key(missing_key)
        .with_demands(options.demands);
    for file in &files {
        rendering.keep(&file.data);
        let parsed = rendering.parse(&file.name, &file.text);
        parsed.map_err(|error| RenderError { file: file.name.clone(), error: Error::Parse(error) })?;
    }
    let mut rendered = BTreeMap::new();
    for file in files {
        if file.name.rsplit('/').next().is_some_and(|base| base.starts_with('_')) {
            continue;
        }
        let this = [("Name", &file.name), ("BasePath", &file.base_path)];
        let this: Map = this.into_iter().map(|(key, text)| (key.into(), Value::string(text.as_str()))).collect();
        let this = match file.data.named() {
            Some(named) => this.seen_as(named.clone()),
            None => this,
        };
        file.data.insert("Template", Value::Map(this));
        let output = rendering
            .execute(&file.name, Value::Map(file.data.clone()))
            .map_err(|error| RenderError { file: file.name.clone(), error })?;
        rendered.insert(file.name, without_no_value(output));
    }
    Ok(rendered)
}

/// Helm erases what Go prints for a value that is not there.
pub(super) fn without_no_value(output: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    let mut out = Vec::with_capacity(output.len());
    let mut rest = output.as_slice();
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        match rest.strip_prefix(NO_VALUE) {
            Some(after) => rest = after,
            None => {
                out.push(b'<');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
    out
}
