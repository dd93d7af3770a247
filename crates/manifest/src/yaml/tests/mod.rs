//! Tables and properties of reading and writing.

mod errors;
mod manifests;
mod properties;
mod reading;
mod rewriting;
mod writing;

use super::*;

/// The documents of `text` as JSON, one per line, then what is wrong with it.
fn read(text: &str, profile: Profile, limits: &Limits) -> String {
    let (documents, problems) = read_all(text.as_bytes(), "f.yaml", profile, limits);
    let mut lines: Vec<String> = documents.iter().map(|document| document.value.to_string()).collect();
    for problem in problems {
        lines.push(problem.to_string());
        lines.extend(problem.hint.map(|hint| format!("  {hint}")));
    }
    lines.join("\n")
}
