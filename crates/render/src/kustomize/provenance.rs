//! `buildMetadata`: annotations that say where an object came from and what changed it.

use super::resource::Resource;

/// The annotation with a resource's origin.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// The annotation with the transformations that a resource went through.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Which annotations a build leaves on its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tracking {
    /// The build makes none.
    #[default]
    Off,
    /// The build makes them; `buildMetadata` says which stay.
    On,
}

/// A repository that something came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    /// As git clones it.
    pub(crate) url: String,
    pub(crate) reference: Option<String>,
}

/// Where something came from, relative to the folder that is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// A file that was read, from another repository if one is given.
    File { path: String, repository: Option<Repository> },
    /// A plugin that was configured somewhere.
    Plugin { configured_in: String, api_version: String, kind: String, name: String, namespace: String },
}

impl Provenance {
    /// A built-in plugin configured by fields of a kustomization file.
    pub(crate) fn builtin(configured_in: String, kind: &str) -> Provenance {
        Provenance::Plugin {
            configured_in,
            api_version: "builtin".to_owned(),
            kind: kind.to_owned(),
            name: String::new(),
            namespace: String::new(),
        }
    }

    /// The annotation's lines, without indentation.
    fn lines(&self) -> Vec<String> {
        match self {
            Provenance::File { path, repository } => {
                let mut lines = vec![format!("path: {path}")];
                if let Some(Repository { url, reference }) = repository {
                    lines.push(format!("repo: {url}"));
                    lines.extend(reference.as_ref().map(|reference| format!("ref: {reference}")));
                }
                lines
            }
            Provenance::Plugin { configured_in, api_version, kind, name, namespace } => {
                let mut lines = vec![format!("configuredIn: {configured_in}"), "configuredBy:".to_owned()];
                let parts = [("apiVersion", api_version), ("kind", kind), ("name", name), ("namespace", namespace)];
                lines.extend(
                    parts
                        .into_iter()
                        .filter(|(_, text)| !text.is_empty())
                        .map(|(field, text)| format!("  {field}: {text}")),
                );
                lines
            }
        }
    }

    /// The value of [`ORIGIN`].
    pub(crate) fn to_annotation(&self) -> String {
        self.lines().into_iter().map(|line| line + "\n").collect()
    }

    /// One item of the list in [`TRANSFORMATIONS`].
    fn to_item(&self) -> String {
        self.lines()
            .into_iter()
            .enumerate()
            .map(|(index, line)| format!("{}{line}\n", if index == 0 { "- " } else { "  " }))
            .collect()
    }
}

/// Says on `resource` where it came from, unless that is said already.
pub(crate) fn note_origin(resource: &mut Resource, provenance: &Provenance) {
    if resource.annotation(ORIGIN).is_none() {
        resource.annotate(ORIGIN, provenance.to_annotation());
    }
}

/// Adds a transformation to those noted on `resource`; a resource of unknown origin has it as its origin.
pub(crate) fn note_transformation(resource: &mut Resource, provenance: &Provenance) {
    if resource.annotation(ORIGIN).is_none() {
        resource.annotate(ORIGIN, provenance.to_annotation());
        return;
    }
    let known = resource.annotation(TRANSFORMATIONS).unwrap_or_default();
    resource.annotate(TRANSFORMATIONS, known + &provenance.to_item());
}
