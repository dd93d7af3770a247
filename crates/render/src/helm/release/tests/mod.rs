//! Charts made here, and what Helm makes of them. What is expected was printed by the real Helm 4.2.4 and 3.21.4 where
//! nothing else is said.

mod contexts;
mod documents;
mod errors;
mod live;
mod post_renderers;

use std::sync::Arc;

use super::*;
use crate::helm::chart::{Chart, ChartFile, Metadata};
use crate::helm::values;
use crate::template::testing::environment;

/// A chart whose files start with their names and a line break; `values.yaml` are its values.
pub(super) fn chart(name: &str, files: &[&str]) -> Chart {
    let mut chart = Chart {
        metadata: Metadata {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            api_version: "v2".to_owned(),
            ..Metadata::default()
        },
        ..Chart::default()
    };
    for (name, text) in files.iter().filter_map(|file| file.split_once('\n')) {
        let file = ChartFile { name: name.to_owned(), data: Arc::from(text.as_bytes()) };
        if name == "values.yaml" {
            chart.values = values::read_json(name, text.as_bytes()).unwrap();
        } else if name.starts_with("templates/") {
            chart.templates.push(file);
        } else {
            chart.files.push(file);
        }
    }
    chart
}

pub(super) fn release() -> Release {
    Release { name: "web".to_owned(), namespace: "shop".to_owned(), revision: 1, operation: Operation::Install }
}

/// What a chart becomes with values given as YAML.
pub(super) fn rendered_with(chart: Chart, given: &str, options: &Options) -> Result<Rendered, RenderError> {
    let given = values::read("values.yaml", given.as_bytes()).unwrap();
    render(chart, &given, &release(), &Capabilities::offline(), options, environment())
}

pub(super) fn rendered(chart: Chart, rules: Rules) -> Rendered {
    rendered_with(chart, "", &Options { rules, ..Options::default() }).unwrap()
}

/// What `helm template` prints, by both Helms: once if they agree.
pub(super) fn printed(chart: &Chart) -> String {
    let print = |rules| rendered(chart.clone(), rules).print(&Printed::default(), rules).unwrap();
    let (old, new) = (print(Rules::V3), print(Rules::V4));
    if old == new { new } else { format!("Helm 4:\n{new}Helm 3:\n{old}") }
}

/// The error and its hint.
pub(super) fn refused(chart: Chart, given: &str) -> String {
    refused_by(chart, given, Rules::V4)
}

pub(super) fn refused_by(chart: Chart, given: &str, rules: Rules) -> String {
    let error = rendered_with(chart, given, &Options { rules, ..Options::default() }).unwrap_err();
    format!("{error}\nhint: {}\n", error.hint())
}
