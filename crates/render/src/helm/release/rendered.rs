//! What a chart becomes.

use super::{CustomResources, Sorted, Warning};
use crate::helm::chart::Chart;

/// What a chart becomes.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The chart as it was rendered, and is stored: without charts that are disabled, with imported values.
    pub chart: Chart,
    /// What is applied, and when.
    pub sorted: Sorted,
    /// What `NOTES.txt` says; empty if there is none.
    pub notes: String,
    /// What was given or written and does not count.
    pub warnings: Vec<Warning>,
}

impl Rendered {
    /// The text of a release's manifest: what Helm stores and compares.
    pub fn manifest(&self, custom_resources: CustomResources) -> String {
        let mut text = String::new();
        if custom_resources == CustomResources::Include {
            for crd in self.chart.crds() {
                push(&mut text, &crd.full_name, &String::from_utf8_lossy(&crd.file.data));
            }
        }
        for document in &self.sorted.documents {
            push(&mut text, &document.path, &document.text);
        }
        text
    }
}

/// Adds a document with the template it comes from.
pub(super) fn push(text: &mut String, path: &str, document: &str) {
    text.push_str("---\n");
    if !path.is_empty() {
        text.push_str("# Source: ");
        text.push_str(path);
        text.push('\n');
    }
    text.push_str(document);
    text.push('\n');
}
