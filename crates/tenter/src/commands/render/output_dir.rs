//! `--output-dir`: one file for each template.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use render::helm::release::{CustomResources, Printed, Rendered};

use crate::error::Failure;

/// Writes documents as `helm template --output-dir` does, and says which files. Definitions in `crds/` stand below
/// `folder`, everything else below `folder_of_release`.
pub(super) fn write(
    folder: &Path,
    folder_of_release: &Path,
    rendered: &Rendered,
    printed: &Printed,
) -> Result<String, Failure> {
    let mut files = Files { written: HashSet::new(), said: String::new() };
    if printed.custom_resources == CustomResources::Include {
        for crd in rendered.chart.crds() {
            files.add(folder, &crd.full_name, &String::from_utf8_lossy(&crd.file.data))?;
        }
    }
    for document in &rendered.sorted.documents {
        files.add(folder_of_release, &document.path, &document.text)?;
    }
    for (path, document) in rendered.hooks_to_print(printed) {
        files.add(folder_of_release, path, document)?;
    }
    Ok(files.said)
}

struct Files {
    written: HashSet<PathBuf>,
    said: String,
}

impl Files {
    /// Begins a file anew the first time.
    fn add(&mut self, folder: &Path, path: &str, document: &str) -> Result<(), Failure> {
        let file = folder.join(path);
        let failed = |source| Failure::Write { path: file.clone(), source };
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let is_new = self.written.insert(file.clone());
        let mut options = OpenOptions::new();
        let opened = options.write(true).create(true).append(!is_new).truncate(is_new).open(&file);
        let text = format!("---\n# Source: {path}\n{document}\n");
        opened.and_then(|mut open| open.write_all(text.as_bytes())).map_err(failed)?;
        self.said.push_str(&format!("wrote {}\n", file.display()));
        Ok(())
    }
}
