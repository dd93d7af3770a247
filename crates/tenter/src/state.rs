//! Where this machine remembers its running local cluster.

use std::path::{Path, PathBuf};

use crate::error::Failure;

/// The folder for state: `$XDG_STATE_HOME/tenter`, or `~/.local/state/tenter`.
pub(crate) fn folder() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/state"),
    };
    Some(base.join("tenter"))
}

/// The kubeconfig of the local cluster that `tenter up` or `tenter demo` runs, if one does.
pub(crate) fn local_kubeconfig() -> Option<PathBuf> {
    folder().map(|folder| folder.join("kubeconfig"))
}

/// A kubeconfig on disk that goes when this is dropped: what it leads to is gone then too.
#[derive(Debug)]
pub(crate) struct KubeconfigFile {
    path: PathBuf,
    text: String,
}

impl KubeconfigFile {
    /// Writes `text` to `path`, readable by the owner only.
    pub(crate) fn write(path: &Path, text: String) -> Result<KubeconfigFile, Failure> {
        let failed = |source| Failure::Write { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Written beside and renamed, so that nobody ever reads half of it.
        let beside = path.with_extension("new");
        write_private(&beside, &text).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)?;
        Ok(KubeconfigFile { path: path.to_owned(), text })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for KubeconfigFile {
    fn drop(&mut self) {
        // A later local cluster may have put its own in place.
        if std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            // If it cannot be removed, the next command says that nothing answers behind it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}
