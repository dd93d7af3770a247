//! Bringing together what is to be analysed.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::{Location, Tree};
use mesh::WorldObject;

use crate::charts;
use crate::cli::Analyze;
use crate::commands::Context;
use crate::error::Failure;
use crate::local_build::{self, ChartReach};
use crate::survey::{Around, Survey};

/// How much of stdin is read.
const MAX_STDIN: u64 = 64 << 20;

/// What is to be analysed, with the text of its files for those who want to see it.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The objects, and what was wrong with reading them.
    pub(super) survey: Survey,
    /// The objects of each path, by its name, where the paths are the clusters of one mesh.
    pub(super) members: Vec<(String, Vec<WorldObject>)>,
    texts: HashMap<Arc<str>, Arc<[u8]>>,
}

impl Looked {
    /// At everything that the command line names.
    pub(super) async fn at(context: &Context, arguments: &Analyze) -> Result<Looked, Failure> {
        let mut looked = Looked::default();
        if arguments.cluster {
            looked.survey.add(Survey::of_objects(engine::live_objects(&context.cluster().await?).await?));
        }
        for path in named_paths(arguments) {
            let mut apart = Looked { texts: std::mem::take(&mut looked.texts), ..Looked::default() };
            if path == Path::new("-") {
                apart.add_text(&stdin()?, "stdin");
            } else if path.is_file() {
                let content = std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
                apart.add_text(&content, &path.display().to_string());
            } else {
                apart.add_tree(&local_build::files(path)?, path, arguments).await?;
            }
            if arguments.one_mesh {
                let objects = apart.survey.clusters.iter().flatten().cloned().collect();
                looked.members.push((path.display().to_string(), objects));
            }
            looked.texts = apart.texts;
            looked.survey.add(apart.survey);
        }
        Ok(looked)
    }

    /// At a tree that stands at `path`.
    pub(super) async fn add_tree(&mut self, tree: &Tree, path: &Path, arguments: &Analyze) -> Result<(), Failure> {
        let (sources, _cache) = charts::sources(&arguments.mirroring)?;
        let around = Around {
            local_sources: arguments.local_sources.clone(),
            sources,
            charts: if arguments.fetch_charts { ChartReach::Anywhere } else { ChartReach::Files },
        };
        let mut survey = Survey::of_tree(tree, &around).await?;
        let mut shown = Shown { tree, root: path, names: HashMap::new(), texts: &mut self.texts };
        for object in survey.clusters.iter_mut().flatten() {
            let origin = &mut Arc::make_mut(&mut object.manifest).origin;
            if let Some(location) = &mut origin.location {
                shown.rename(location);
            }
            if !origin.through.is_empty() {
                let mut through = origin.through.to_vec();
                through.iter_mut().for_each(|location| shown.rename(location));
                origin.through = through.into();
            }
        }
        survey.findings.iter_mut().filter_map(|finding| finding.diagnostic.location.as_mut()).for_each(|location| {
            shown.rename(location);
        });
        self.survey.add(survey);
        Ok(())
    }

    fn add_text(&mut self, content: &[u8], name: &str) {
        self.texts.insert(name.into(), content.into());
        self.survey.add(Survey::of_text(content, name));
    }

    /// A line of a file, from 1.
    pub(super) fn line(&self, location: &Location) -> Option<&str> {
        let text = std::str::from_utf8(self.texts.get(&location.file)?).ok()?;
        text.lines().nth(usize::try_from(location.line).ok()?.checked_sub(1)?)
    }
}

/// The paths; the folder here is not meant where the cluster is and nothing else was named.
fn named_paths(arguments: &Analyze) -> &[PathBuf] {
    let is_default = arguments.paths.as_slice() == [PathBuf::from(".")];
    if arguments.cluster && is_default { &[] } else { &arguments.paths }
}

/// Files of a tree by the names under which people see them.
struct Shown<'a> {
    tree: &'a Tree,
    root: &'a Path,
    names: HashMap<Arc<str>, Arc<str>>,
    texts: &'a mut HashMap<Arc<str>, Arc<[u8]>>,
}

impl Shown<'_> {
    /// Names a file by the path that leads to it from here. What is not in the tree, such as a template of a chart that was
    /// fetched, keeps its name.
    fn rename(&mut self, location: &mut Location) {
        if let Some(name) = self.names.get(&location.file) {
            location.file = name.clone();
            return;
        }
        let Ok(content) = self.tree.read(&location.file) else { return };
        let path = self.root.join(&*location.file);
        let path = path.strip_prefix(".").unwrap_or(&path);
        let name: Arc<str> = path.display().to_string().into();
        self.names.insert(location.file.clone(), name.clone());
        self.texts.insert(name.clone(), content.clone());
        location.file = name;
    }
}

fn stdin() -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let read = std::io::stdin().lock().take(MAX_STDIN + 1).read_to_end(&mut content);
    read.map_err(|source| Failure::Read { path: "-".into(), source })?;
    if content.len() as u64 > MAX_STDIN {
        return Err(Failure::Usage(format!("stdin holds more than {} MiB; name files", MAX_STDIN >> 20)));
    }
    Ok(content)
}
