//! What templates see.

mod chart;
mod cluster;
mod files;
mod glob;
mod record;
mod values;

use std::rc::Rc;

use crate::helm::chart::Chart;
use crate::template::Value;
use crate::template::helm::TemplateFile;
use crate::template::value::{Map, Text};

use super::{Capabilities, Operation, Release, Rules};

/// The templates of a chart and of the charts below it, each with what it sees.
pub(super) fn templates(
    chart: &Chart,
    values: &Map,
    release: &Release,
    capabilities: &Capabilities,
    rules: Rules,
) -> Vec<TemplateFile> {
    let mut context = Context {
        release: Value::Map(release_map(release)),
        capabilities: cluster::capabilities(capabilities, rules),
        values_type: values::type_of(rules),
        rules,
        templates: Vec::new(),
    };
    context.chart(chart, Place::Root, chart.name(), values.clone());
    context.templates
}

/// Whether a chart is the one that is installed or one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Below,
}

struct Context {
    release: Value,
    capabilities: Value,
    values_type: Rc<values::Values>,
    rules: Rules,
    templates: Vec<TemplateFile>,
}

impl Context {
    /// Adds a chart's templates and those of the charts below it. What its templates see is also what templates of the
    /// chart above see in `.Subcharts`.
    fn chart(&mut self, chart: &Chart, place: Place, full_path: &str, values: Map) -> Map {
        let subcharts = Map::default();
        let seen = [
            ("Chart", chart::metadata(&chart.metadata, place, self.rules)),
            ("Files", files::of(&chart.files)),
            ("Release", self.release.clone()),
            ("Capabilities", self.capabilities.clone()),
            ("Values", Value::Map(values.seen_as(self.values_type.clone()))),
            ("Subcharts", Value::Map(subcharts.clone())),
        ];
        let seen: Map = seen.into_iter().map(|(name, value)| (Text::from(name), value)).collect();
        for child in &chart.dependencies {
            let below = values::table(&values, child.name()).unwrap_or_default();
            let path = format!("{full_path}/charts/{}", child.name());
            let child_sees = self.chart(child, Place::Below, &path, below);
            subcharts.insert(child.name(), Value::Map(child_sees));
        }
        let data = seen.seen_as(self.values_type.clone());
        for template in &chart.templates {
            let is_partial = template.name.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
            if chart.is_library() && !is_partial {
                continue;
            }
            self.templates.push(TemplateFile {
                name: format!("{full_path}/{}", template.name),
                text: String::from_utf8_lossy(&template.data).into_owned(),
                base_path: format!("{full_path}/templates"),
                data: data.clone(),
            });
        }
        seen
    }
}

fn release_map(release: &Release) -> Map {
    let is_install = release.operation == Operation::Install;
    let members = [
        ("Name", Value::string(release.name.as_str())),
        ("Namespace", Value::string(release.namespace.as_str())),
        ("IsUpgrade", Value::Bool(!is_install)),
        ("IsInstall", Value::Bool(is_install)),
        ("Revision", Value::int(i64::from(release.revision))),
        ("Service", Value::string("Helm")),
    ];
    members.into_iter().map(|(name, value)| (Text::from(name), value)).collect()
}
