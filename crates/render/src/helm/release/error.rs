//! Why a chart cannot be rendered, and what is said about it besides.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::print::{hooks_to_print, with_hooks};
use super::rendered::push;
use super::{BrokenDocument, InvalidName, Printed, Query, Rules};
use crate::helm::chart::dependencies::{self, Missing, ProcessError};
use crate::helm::chart::schema::SchemaErrors;
use crate::helm::values::{self, TypeMismatch};
use crate::template::{self, Error, ExecuteError};

/// Something that was given or written and does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The chart's author advises against it.
    #[error("this chart is deprecated")]
    Deprecated,
    /// About dependencies.
    #[error(transparent)]
    Dependencies(#[from] dependencies::Warning),
    /// About values.
    #[error(transparent)]
    Values(#[from] values::Warning),
    /// A hook that is never applied.
    #[error("{path}: skipped a hook for {events:?}: one of these moments does not exist")]
    UnknownHook {
        /// The template it comes from.
        path: String,
        /// What its annotation says.
        events: String,
    },
}

/// Why a chart cannot be rendered. The words are Helm's; [`RenderError::hint`] adds what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RenderError {
    /// The release's name.
    #[error("{}{error}", if *.rules == Rules::V4 { "release name check failed: " } else { "" })]
    Name {
        /// What is wrong with it.
        error: InvalidName,
        /// Whose words are used.
        rules: Rules,
    },
    /// A chart that only has templates for others.
    #[error("{kind} charts are not installable")]
    NotInstallable {
        /// Its type.
        kind: String,
    },
    /// Charts that it depends on are not there.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: {0}"
    )]
    MissingDependencies(#[from] Missing),
    /// The charts below cannot be put together.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(#[from] ProcessError),
    /// The values for a chart below are no table.
    #[error(transparent)]
    Values(#[from] TypeMismatch),
    /// Values are not what the charts' schemas ask for; all that is wrong about them.
    #[error(transparent)]
    Schema(#[from] SchemaErrors),
    /// The cluster is too old or too new.
    #[error("chart requires kubeVersion: {required} which is incompatible with Kubernetes {found}")]
    KubeVersion {
        /// The range that the chart asks for.
        required: String,
        /// The cluster's version.
        found: String,
    },
    /// A template cannot be read or executed.
    #[error(transparent)]
    Template(#[from] Box<ScopedError>),
    /// A template's output is no YAML or no object.
    #[error("{}", .broken)]
    Document {
        /// What is wrong, and what was sorted before.
        broken: Box<BrokenDocument>,
        /// All outputs, by template.
        outputs: BTreeMap<String, String>,
    },
    /// Templates look up live objects that are not known yet: fetch them and render again.
    #[error("live objects are needed: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Lookups(BTreeSet<Query>),
}

/// An error of a template, with the chart whose values it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedError {
    /// The error.
    pub error: template::helm::RenderError,
    /// The chart that was being rendered, by the names of the charts from the root: `parent/charts/child`.
    pub chart: String,
    /// Whose words are used.
    pub rules: Rules,
}

impl fmt::Display for ScopedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = matches!(&self.error.error, Error::Execute(_)) && self.error.error.stated().is_none();
        let text = match self.rules {
            Rules::V3 if is_plain => self.error.error.to_string(),
            Rules::V3 | Rules::V4 => self.error.to_string(),
        };
        f.write_str(&shortened(&text))
    }
}

/// More places than this are templates that include each other without end.
const MAX_PLACES: usize = 200;

/// The longest text of an error: a chain of a thousand includes says no more than its beginning and its end.
const MAX_TEXT: usize = 4096;

/// The text without its middle, if it is too long.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    let start = text.floor_char_boundary(MAX_TEXT / 4);
    let end = text.ceil_char_boundary(text.len() - MAX_TEXT / 4);
    Cow::Owned(format!("{} … ({} more bytes) … {}", &text[..start], end - start, &text[end..]))
}

impl std::error::Error for ScopedError {}

impl ScopedError {
    pub(super) fn new(error: template::helm::RenderError, rules: Rules) -> ScopedError {
        let chart = error.file.rsplit_once("/templates/").map_or(error.file.as_str(), |(chart, _)| chart).to_owned();
        ScopedError { error, chart, rules }
    }

    /// The value that the failing expression is about, by its path in the values of the root chart:
    /// `child.image.tag`.
    pub fn values_path(&self) -> Option<String> {
        let ExecuteError { context, .. } = self.error.error.chain().last()?;
        let after = &context[context.find(".Values.")? + ".Values.".len()..];
        let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
        let end = after.find(|character| !is_part(character)).unwrap_or(after.len());
        let path = after[..end].trim_end_matches('.');
        let charts = self.chart.split("/charts/").skip(1);
        let parts: Vec<&str> = charts.chain([path]).filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    }

    /// The places from the file that was rendered to the one that failed.
    pub fn places(&self) -> Vec<String> {
        let place = |error: &&ExecuteError| format!("{}:{}:{}", error.name, error.line, error.column + 1);
        self.error.error.chain().iter().map(place).collect()
    }

    fn hint(&self) -> String {
        let path = self.values_path();
        match (&self.error.error, path) {
            (Error::Parse(_), _) => "correct the template at the place named above".to_owned(),
            (error, _) if error.limit().is_some() || error.chain().len() > MAX_PLACES => "look for templates that include themselves, and for loops over huge lists".to_owned(),
            (Error::Missing { .. }, _) => "define the template in a file below templates/ whose name starts with `_`, or add the library chart that defines it".to_owned(),
            (error, Some(path)) if error.stated().is_some() => format!("the chart asks for it: set the value `{path}`"),
            (error, None) if error.stated().is_some() => "the chart's author forbids this: change the values that its message names".to_owned(),
            (_, Some(path)) => format!("look at the value `{path}`: give it, or correct its type"),
            (_, None) => "correct the template at the place named above, or the values that it is given".to_owned(),
        }
    }
}

impl RenderError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            RenderError::Name { .. } => "give the release another name".to_owned(),
            RenderError::NotInstallable { .. } => "name a chart that depends on it".to_owned(),
            RenderError::MissingDependencies(_) => {
                "put the missing charts into the folder charts/ of the chart, as folders or as .tgz".to_owned()
            }
            RenderError::Dependencies(_) => "correct the dependencies in Chart.yaml, or the values for them".to_owned(),
            RenderError::Values(mismatch) => {
                format!(
                    "what is given as `{}` must be a table, because it holds the values of that chart",
                    mismatch.chart
                )
            }
            RenderError::Schema(_) => {
                "correct the values at the paths named above, or look at values.schema.json of the chart".to_owned()
            }
            RenderError::KubeVersion { .. } => {
                "take a version of the chart that supports it, or name another Kubernetes with --kube-version"
                    .to_owned()
            }
            RenderError::Template(error) => error.hint(),
            RenderError::Document { .. } => {
                "the line is that of the template's output: look at it with --debug".to_owned()
            }
            RenderError::Lookups(_) => "these objects have to be fetched from a cluster".to_owned(),
        }
    }

    /// What `helm template --debug` prints although the error ends it: all outputs as they are.
    pub fn partial_output(&self, printed: &Printed) -> Option<String> {
        let RenderError::Document { broken, outputs } = self else { return None };
        let mut manifest = String::new();
        for (path, output) in outputs.iter().filter(|(_, output)| !output.trim().is_empty()) {
            push(&mut manifest, path, output);
        }
        Some(with_hooks(&manifest, &hooks_to_print(&broken.before.hooks, printed)))
    }
}
