//! Folders of the cache.

use std::fs;
use std::io;
use std::path::Path;

/// Creates a folder and those above it, for this user alone: what private sources hold is in there.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}
