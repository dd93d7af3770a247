//! What is changed in documents after templates have made them.

use std::collections::BTreeMap;

use manifest::{Diagnostic, Location, Manifest, Value, yaml};

use super::{BrokenDocument, Document, Order, Rendered, Rules, document};

/// The annotation by which a document is found again. Helm's own is taken, so that post-renderers that know it are not
/// surprised.
const FILE: &str = "postrenderer.helm.sh/postrender-filename";

/// What a post-renderer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Hooks and all others together: Helm 4.
    #[default]
    Combined,
    /// First the hooks, then the others, so that one name may be in both.
    Separate,
    /// All others; hooks stay as they are: Helm 3.
    NoHooks,
}

/// Why documents cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum PostRenderError<E> {
    /// Something that is given to the post-renderer is no Kubernetes object.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Objects(Vec<Diagnostic>),
    /// The post-renderer failed.
    #[error("error while running post render on files: {0}")]
    PostRenderer(E),
    /// What it made is no object.
    #[error(transparent)]
    Document(#[from] Box<BrokenDocument>),
}

impl Rendered {
    /// Gives the objects to a function and goes on with what it returns; what it adds counts too.
    ///
    /// In Helm 4 what comes back is sorted anew, so that objects become hooks or cease to be ones; each stays in its
    /// template's file. In Helm 3 the function's order stays, and nothing is known of templates any more.
    ///
    /// # Errors
    ///
    /// If the function fails, or if what it is given or returns is no object.
    pub fn post_render<E>(
        mut self,
        strategy: Strategy,
        rules: Rules,
        mut change: impl FnMut(Vec<Manifest>) -> Result<Vec<Manifest>, E>,
    ) -> Result<Rendered, PostRenderError<E>> {
        if rules == Rules::V3 {
            let changed = change(self.objects(Group::Documents)?).map_err(PostRenderError::PostRenderer)?;
            self.sorted.documents = changed.into_iter().map(without_file).collect();
            return Ok(self);
        }
        let groups: &[(&[Group], &str)] = match strategy {
            Strategy::Combined => &[(&[Group::Hooks, Group::Documents], "")],
            Strategy::Separate => &[(&[Group::Hooks], "hooks-"), (&[Group::Documents], "manifests-")],
            Strategy::NoHooks => &[(&[Group::Documents], "manifests-")],
        };
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut add = |path: &str, text: &str| {
            let file = files.entry(path.to_owned()).or_default();
            if !file.is_empty() {
                file.push_str("---\n");
            }
            file.push_str(text);
        };
        if strategy == Strategy::NoHooks {
            for hook in &self.sorted.hooks {
                add(&hook.path, &format!("{}\n", hook.manifest));
            }
        }
        for (members, prefix) in groups {
            let mut objects = Vec::new();
            for group in *members {
                for mut manifest in self.objects(*group)? {
                    remember_file(&mut manifest);
                    objects.push(manifest);
                }
            }
            objects.sort_by_cached_key(file_of);
            if objects.is_empty() {
                continue;
            }
            for (index, mut manifest) in change(objects).map_err(PostRenderError::PostRenderer)?.into_iter().enumerate()
            {
                let path = forget_file(&mut manifest)
                    .unwrap_or_else(|| format!("generated-by-postrender-{prefix}{index}.yaml"));
                add(&path, &yaml::write(&manifest.value));
            }
        }
        self.sorted = document::sort(&files, Order::Install, rules)?;
        Ok(self)
    }

    fn objects<E>(&self, group: Group) -> Result<Vec<Manifest>, PostRenderError<E>> {
        let read: Vec<_> = match group {
            Group::Hooks => self.sorted.hooks.iter().map(super::Hook::manifests).collect(),
            Group::Documents => self.sorted.documents.iter().map(Document::manifests).collect(),
        };
        let mut manifests = Vec::new();
        let mut problems = Vec::new();
        for result in read {
            match result {
                Ok(mut read) => manifests.append(&mut read),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if problems.is_empty() { Ok(manifests) } else { Err(PostRenderError::Objects(problems)) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Hooks,
    Documents,
}

/// A document of which only the object is known.
fn without_file(manifest: Manifest) -> Document {
    let kind = manifest.gvk().kind;
    Document { path: String::new(), text: yaml::write(&manifest.value), kind, value: manifest.value }
}

fn file_of(manifest: &Manifest) -> Option<String> {
    manifest.annotation(FILE).map(str::to_owned)
}

fn remember_file(manifest: &mut Manifest) {
    let Some(Location { file, .. }) = manifest.origin.location.clone() else { return };
    let annotations = &mut manifest.value["metadata"]["annotations"];
    if !annotations.is_object() {
        *annotations = Value::Object(serde_json::Map::new());
    }
    annotations[FILE] = Value::String(file.to_string());
}

/// Takes the annotation away, and annotations that it leaves empty.
fn forget_file(manifest: &mut Manifest) -> Option<String> {
    let metadata = manifest.value.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let file = annotations.remove(FILE)?;
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    file.as_str().map(str::to_owned)
}
