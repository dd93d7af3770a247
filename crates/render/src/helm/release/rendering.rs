//! From a chart and values to documents.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::lookups::Recorder;
use super::{
    Capabilities, Lookups, Order, Release, RenderError, Rendered, Rules, ScopedError, Warning, context, document,
};
use crate::helm::chart::{Chart, dependencies, schema};
use crate::helm::values::{self, Defaults};
use crate::template::value::Map;
use crate::template::{Demands, Environment, Limits, helm};

/// How a chart is rendered.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whose rules count.
    pub rules: Rules,
    /// What rendering may cost.
    pub limits: Limits,
    /// Where `lookup` finds objects.
    pub live_objects: LiveObjects,
    /// Whose notes are shown.
    pub subchart_notes: SubchartNotes,
    /// Whether values have to fit the charts' schemas.
    pub schema_checks: SchemaChecks,
    /// Whether `required` and `fail` end rendering.
    pub demands: Demands,
}

/// Where `lookup` finds objects.
#[derive(Debug, Clone, Default)]
pub enum LiveObjects {
    /// Nowhere: it finds nothing, as in `helm template`.
    #[default]
    None,
    /// In these answers; what they do not say ends rendering with [`RenderError::Lookups`].
    Known(Arc<Lookups>),
}

/// Whose notes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubchartNotes {
    /// Those of the root chart.
    #[default]
    Skip,
    /// Those of all charts: `--render-subchart-notes`.
    Include,
}

/// Whether values have to fit the charts' schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SchemaChecks {
    /// They have to.
    #[default]
    Enforced,
    /// They need not: `--skip-schema-validation`.
    Skipped,
}

/// The end of the paths of notes.
const NOTES: &str = "NOTES.txt";

/// Renders a chart with the values that a user gives, as `helm install` does before it applies anything.
///
/// # Errors
///
/// If the chart cannot be rendered, or needs live objects that are not known.
pub fn render(
    mut chart: Chart,
    given: &Map,
    release: &Release,
    capabilities: &Capabilities,
    options: &Options,
    environment: Environment,
) -> Result<Rendered, RenderError> {
    let rules = options.rules;
    if !matches!(chart.metadata.kind.as_str(), "" | "application") {
        return Err(RenderError::NotInstallable { kind: chart.metadata.kind });
    }
    dependencies::check(&chart)?;
    release.check_name().map_err(|error| RenderError::Name { error, rules })?;
    let mut warnings = Vec::new();
    if chart.metadata.deprecated {
        warnings.push(Warning::Deprecated);
    }
    warnings.extend(dependencies::process(&mut chart, given, rules)?.into_iter().map(Warning::Dependencies));
    let coalesced = values::coalesce(&Defaults::of(&chart), given, rules)?;
    warnings.extend(coalesced.warnings.into_iter().map(Warning::Values));
    if options.schema_checks == SchemaChecks::Enforced {
        schema::validate(&chart, &coalesced.values)?;
    }
    let required = &chart.metadata.kube_version;
    if !required.is_empty() && !capabilities.kube_version.is_in(required) {
        let found = capabilities.kube_version.version.clone();
        return Err(RenderError::KubeVersion { required: required.clone(), found });
    }
    let outputs = outputs(&chart, &coalesced.values, release, capabilities, options, environment)?;
    let (notes, outputs): (BTreeMap<_, _>, BTreeMap<_, _>) =
        outputs.into_iter().partition(|(path, _)| path.ends_with(NOTES));
    let notes = shown_notes(&chart, &notes, options.subchart_notes);
    let sorted = match document::sort(&outputs, Order::Install, rules) {
        Ok(sorted) => sorted,
        Err(broken) => return Err(RenderError::Document { broken, outputs }),
    };
    let unknown = sorted.unknown_hooks.iter();
    warnings.extend(unknown.map(|(path, events)| Warning::UnknownHook { path: path.clone(), events: events.clone() }));
    Ok(Rendered { chart, sorted, notes, warnings })
}

/// What the templates of a chart and of the charts below it print, by their paths, whatever it is: notes too. The values
/// are those that templates see, and nothing of the chart is checked.
///
/// # Errors
///
/// If a template fails, or needs live objects that are not known.
pub fn outputs(
    chart: &Chart,
    values: &Map,
    release: &Release,
    capabilities: &Capabilities,
    options: &Options,
    mut environment: Environment,
) -> Result<BTreeMap<String, String>, RenderError> {
    let templates = context::templates(chart, values, release, capabilities, options.rules);
    let asked = match &options.live_objects {
        LiveObjects::None => None,
        LiveObjects::Known(known) => {
            let recorder = Recorder::new(known.clone());
            let asked = recorder.asked();
            environment.lookup = Some(Rc::new(recorder));
            Some(asked)
        }
    };
    let template_options =
        helm::Options { demands: options.demands, limits: options.limits, ..helm::Options::default() };
    let outputs = helm::render(templates, &template_options, environment);
    // What is not known may be why templates failed.
    if let Some(asked) = asked.map(|asked| asked.take()).filter(|asked| !asked.is_empty()) {
        return Err(RenderError::Lookups(asked));
    }
    let outputs = outputs.map_err(|error| Box::new(ScopedError::new(error, options.rules)))?;
    let text = |output: Vec<u8>| match String::from_utf8(output) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    Ok(outputs.into_iter().map(|(path, output)| (path, text(output))).collect())
}

/// The notes, those of several charts with a line break between them.
fn shown_notes(chart: &Chart, notes: &BTreeMap<String, String>, subchart_notes: SubchartNotes) -> String {
    let own = format!("{}/templates/{NOTES}", chart.name());
    match subchart_notes {
        SubchartNotes::Skip => notes.get(&own).cloned().unwrap_or_default(),
        SubchartNotes::Include => notes.values().fold(String::new(), |mut shown, text| {
            if !shown.is_empty() {
                shown.push('\n');
            }
            shown + text
        }),
    }
}
