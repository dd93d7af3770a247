//! From charts to archives.

use std::sync::Arc;

use flate2::{Compression, GzBuilder};
use manifest::tree::Entry;
use manifest::{Tree, yaml};
use serde_json::Value as Json;
use tar::{Builder, EntryType, Header};

use super::{Chart, ChartFile};
use crate::helm::values::{self, FileError};

/// Why a chart cannot be packed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot pack {path}: {reason}")]
pub struct PackageError {
    /// The file.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

impl Chart {
    /// The chart and the charts below it as a gzipped tar of one folder, laid out as `helm package` does, but that charts
    /// of version 1 keep dependencies that `Chart.yaml` names, which it loses. The same chart
    /// makes the same bytes: files have no times.
    ///
    /// # Errors
    ///
    /// If the name of a chart or of a file is no path below a folder.
    pub fn package(&self) -> Result<Vec<u8>, PackageError> {
        let compressed = GzBuilder::new().comment("Helm").write(Vec::new(), Compression::default());
        let mut archive = Builder::new(compressed);
        self.pack_into(&mut archive, "")?;
        let finished = archive.into_inner().and_then(flate2::write::GzEncoder::finish);
        finished.map_err(|error| PackageError { path: self.metadata.name.clone(), reason: error.to_string() })
    }

    /// `sha256:<hex>` over the names and content of all files: two charts with one digest hold the same files.
    pub fn digest(&self) -> String {
        let entry = |file: &ChartFile| {
            (Arc::from(file.name.as_str()), Entry::File { content: file.data.clone(), executable: false })
        };
        Tree::new(self.raw.iter().map(entry).collect()).digest().to_owned()
    }

    /// Replaces `values.yaml`.
    ///
    /// # Errors
    ///
    /// If it is no YAML or no mapping; the chart stays as it is.
    pub fn set_values_file(&mut self, content: &[u8]) -> Result<(), FileError> {
        const NAME: &str = "values.yaml";
        self.values = values::read_json(NAME, content)?;
        self.raw.retain(|file| file.name != NAME);
        self.raw.push(ChartFile { name: NAME.to_owned(), data: content.into() });
        Ok(())
    }

    fn pack_into(&self, archive: &mut Builder<impl std::io::Write>, parent: &str) -> Result<(), PackageError> {
        let name = &self.metadata.name;
        if name.is_empty() || name.contains(['/', '\\']) || name == "." || name == ".." {
            let reason = "the name of a chart is that of its folder".to_owned();
            return Err(PackageError { path: format!("{parent}{name}"), reason });
        }
        let base = format!("{parent}{name}/");
        // That of a chart of version 1 is among its files.
        let has_old_lock = self.files.iter().any(|file| file.name == "requirements.lock");
        let failed = |path: String, error: &dyn std::fmt::Display| PackageError { path, reason: error.to_string() };
        let mut write = |name: &str, content: &[u8]| {
            let path = format!("{base}{name}");
            if name.contains('\\') {
                // To who unpacks it this would be a folder, as on Windows.
                return Err(PackageError { path, reason: "names in archives have no `\\`".to_owned() });
            }
            append(archive, &path, content).map_err(|error| failed(path, &error))
        };
        write("Chart.yaml", &as_yaml(&self.metadata).map_err(|error| failed(format!("{base}Chart.yaml"), &error))?)?;
        if let (false, Some(lock)) = (has_old_lock, &self.lock) {
            write("Chart.lock", &as_yaml(lock).map_err(|error| failed(format!("{base}Chart.lock"), &error))?)?;
        }
        for file in self.raw.iter().filter(|file| file.name == "values.yaml") {
            write(&file.name, &file.data)?;
        }
        if let Some(schema) = &self.schema {
            write("values.schema.json", schema)?;
        }
        for file in self.templates.iter().chain(&self.files) {
            write(&file.name, &file.data)?;
        }
        self.dependencies.iter().try_for_each(|child| child.pack_into(archive, &format!("{base}charts/")))
    }
}

fn append(archive: &mut Builder<impl std::io::Write>, path: &str, content: &[u8]) -> std::io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_mtime(0);
    archive.append_data(&mut header, path, content)
}

fn as_yaml(value: &impl serde::Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let json: Json = serde_json::to_value(value)?;
    Ok(yaml::write(&json).into_bytes())
}
