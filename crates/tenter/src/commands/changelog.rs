//! `tenter changelog`: what changed between two states, in the words of the mesh.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use analysis::changelog::{Area, Change, changelog};
use manifest::Manifest;
use serde_json::json;

use super::Context;
use super::render::helm::chart_objects;
use crate::cli::Changelog;
use crate::error::Failure;
use crate::output;
use crate::survey::{Survey, tree_at};

/// Compares and prints.
pub(crate) async fn run(context: &Context, arguments: Changelog) -> Result<ExitCode, Failure> {
    let before = objects(&arguments.before, &arguments).await?;
    let after = objects(&arguments.after, &arguments).await?;
    let changes = changelog(&before, &after);
    output::print_as(context.output(), || json!(changes), || text(&changes))?;
    Ok(ExitCode::SUCCESS)
}

/// What stands at a path, or stood in the repository at a revision.
async fn objects(named: &str, arguments: &Changelog) -> Result<Vec<Arc<Manifest>>, Failure> {
    let path = Path::new(named);
    if path.join("Chart.yaml").is_file() || named.ends_with(".tgz") && path.is_file() {
        return Ok(chart_objects(path, &arguments.values)?.into_iter().map(Arc::new).collect());
    }
    let survey = if path.exists() {
        Survey::at(path).await?
    } else {
        Survey::of_files(&tree_at(&arguments.path, named).await?).await?
    };
    // What cannot be read is no change; who compares is told that something is missing.
    survey.complain();
    Ok(survey.clusters.into_iter().flatten().map(|object| object.manifest).collect())
}

/// The changes by area and object.
fn text(changes: &[Change]) -> String {
    let mut areas: BTreeMap<Area, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for change in changes {
        let objects = areas.entry(change.area).or_default();
        objects.entry(change.object.to_string()).or_default().push(&change.text);
    }
    let mut text = String::new();
    for (area, objects) in areas {
        text.push_str(&format!("{area}\n"));
        for (object, changes) in objects {
            text.push_str(&format!("  {object}\n"));
            changes.iter().for_each(|change| text.push_str(&format!("    {change}\n")));
        }
    }
    if text.is_empty() { "nothing changed\n".to_owned() } else { text }
}
