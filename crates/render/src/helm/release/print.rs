//! The output of `helm template`.

use manifest::Wildcard;

use super::rendered::push;
use super::{Event, Rendered, Rules, split};

/// Whether definitions in `crds/` belong to the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomResources {
    /// They are applied before it, as Helm does.
    #[default]
    Exclude,
    /// `--include-crds`.
    Include,
}

/// Whether hooks are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hooks {
    /// After everything else.
    #[default]
    Include,
    /// `--no-hooks`.
    Exclude,
}

/// Whether hooks that are tests are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tests {
    /// As all hooks.
    #[default]
    Include,
    /// `--skip-tests`.
    Skip,
}

/// What is printed.
#[derive(Debug, Clone, Default)]
pub struct Printed {
    /// Definitions in `crds/`.
    pub custom_resources: CustomResources,
    /// Hooks.
    pub hooks: Hooks,
    /// Tests among them.
    pub tests: Tests,
    /// Only documents of these templates, by their paths below the root chart (`templates/*.yaml`); all if it is empty.
    pub show_only: Vec<String>,
}

/// A pattern for which there is no template. The text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not find template {0} in chart")]
pub struct NotInChart(pub String);

impl Rendered {
    /// The output of `helm template`.
    ///
    /// # Errors
    ///
    /// If one of the patterns to show matches nothing.
    pub fn print(&self, printed: &Printed, rules: Rules) -> Result<String, NotInChart> {
        let text = with_hooks(&self.manifest(printed.custom_resources), &self.hooks_to_print(printed));
        if printed.show_only.is_empty() { Ok(text) } else { only(&text, &printed.show_only, rules) }
    }

    /// The hooks that are printed: their templates and documents.
    pub fn hooks_to_print(&self, printed: &Printed) -> Vec<(&str, &str)> {
        hooks_to_print(&self.sorted.hooks, printed)
    }
}

pub(super) fn hooks_to_print<'h>(hooks: &'h [super::Hook], printed: &Printed) -> Vec<(&'h str, &'h str)> {
    let is_skipped = |hook: &super::Hook| printed.tests == Tests::Skip && hook.events.contains(&Event::Test);
    match printed.hooks {
        Hooks::Exclude => Vec::new(),
        Hooks::Include => {
            let shown = hooks.iter().filter(|hook| !is_skipped(hook));
            shown.map(|hook| (hook.path.as_str(), hook.manifest.as_str())).collect()
        }
    }
}

pub(super) fn with_hooks(manifest: &str, hooks: &[(&str, &str)]) -> String {
    let mut text = format!("{}\n", manifest.trim());
    for (path, document) in hooks {
        push(&mut text, path, document);
    }
    text
}

/// Only the documents of the templates that the patterns match, by pattern.
fn only(text: &str, patterns: &[String], rules: Rules) -> Result<String, NotInChart> {
    let documents: Vec<(&str, &str)> =
        split::documents(text, rules).into_iter().filter_map(|document| Some((source(document)?, document))).collect();
    let mut shown = String::new();
    for pattern in patterns {
        let wildcard = Wildcard::parse(pattern);
        let is_meant = |path: &str| wildcard.as_ref().is_some_and(|wildcard| wildcard.matches(path));
        let mut found = documents.iter().filter(|(path, _)| is_meant(path)).peekable();
        if found.peek().is_none() {
            return Err(NotInChart(pattern.clone()));
        }
        for (_, document) in found {
            push(&mut shown, "", document);
        }
    }
    Ok(shown)
}

/// The template that the comment in front of a document names, below the root chart.
fn source(document: &str) -> Option<&str> {
    const COMMENT: &str = "# Source: ";
    let after = &document[document.find(COMMENT)? + COMMENT.len()..];
    let (chart, path) = after.split_once('/')?;
    let path = path.lines().next().unwrap_or_default();
    (!chart.is_empty() && !path.is_empty()).then_some(path)
}
