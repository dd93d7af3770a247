//! Charts that a command line names: where they are, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;
use render::helm::chart::load::{self, Limits, Loaded};

use crate::error::Failure;

/// How deep folders may stand in each other: only links that lead back make them deeper.
const MAX_DEPTH: usize = 64;

/// Where a chart is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChartSource {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A packed chart on this machine.
    Archive(PathBuf),
    /// A chart in a repository or registry.
    Reference {
        /// As it was named.
        chart: String,
        /// The repository, if one was named.
        repository: Option<String>,
    },
}

impl ChartSource {
    /// What a command line means: a path if something stands there and no repository is named.
    pub(crate) fn named(chart: &str, repository: Option<&str>) -> Result<ChartSource, Failure> {
        let chart = chart.trim();
        let path = Path::new(chart);
        match (repository, fs::metadata(path)) {
            (None, Ok(found)) if found.is_dir() => Ok(ChartSource::Folder(path.to_owned())),
            (None, Ok(_)) => Ok(ChartSource::Archive(path.to_owned())),
            (None, Err(_)) if path.is_absolute() || chart.starts_with('.') => {
                Err(Failure::Chart(Box::new(load::LoadError::NoFolder(chart.to_owned()))))
            }
            (repository, _) => {
                Ok(ChartSource::Reference { chart: chart.to_owned(), repository: repository.map(str::to_owned) })
            }
        }
    }

    /// The chart.
    pub(crate) fn load(&self) -> Result<Loaded, Failure> {
        let limits = Limits::default();
        let loaded = match self {
            ChartSource::Folder(folder) => load::directory(&files_below(folder, &limits)?, "", &limits),
            ChartSource::Archive(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                load::archive(&name, &read(path, limits.max_total)?, &limits)
            }
            ChartSource::Reference { chart, repository } => {
                let why = match repository {
                    Some(_) => "charts are not fetched from repositories here yet",
                    None if chart.starts_with("oci://") => "charts are not fetched from registries here yet",
                    None => "no such folder or .tgz, and charts are not fetched from repositories here yet",
                };
                return Err(Failure::ChartReference { chart: chart.clone(), why });
            }
        };
        loaded.map_err(|error| Failure::Chart(Box::new(error)))
    }
}

/// Every file below a folder, links followed as Helm follows them: wherever they lead.
fn files_below(folder: &Path, limits: &Limits) -> Result<Tree, Failure> {
    let mut entries = BTreeMap::new();
    add(&mut entries, folder, "", 0, limits)?;
    Ok(Tree::new(entries))
}

fn add(
    entries: &mut BTreeMap<Arc<str>, Entry>,
    folder: &Path,
    below: &str,
    depth: usize,
    limits: &Limits,
) -> Result<(), Failure> {
    let failed = |path: &Path, source| Failure::Read { path: path.to_owned(), source };
    if depth > MAX_DEPTH {
        return Err(Failure::Usage(format!("{}: folders lead into themselves: look for links", folder.display())));
    }
    for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(Failure::Usage(format!("{} is not UTF-8", path.display())));
        };
        let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        let kind = fs::metadata(&path).map_err(|source| failed(&path, source))?;
        if kind.is_dir() {
            add(entries, &path, &below, depth + 1, limits)?;
        } else if kind.is_file() {
            // A file that is too large is refused by its first bytes, unless an ignore rule leaves it out.
            let content = read(&path, limits.max_file.saturating_add(1))?.into();
            entries.insert(below.into(), Entry::File { content, executable: false });
        }
    }
    Ok(())
}

/// The first `most` bytes of a file.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    let mut content = Vec::new();
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut content)).map_err(failed)?;
    Ok(content)
}
