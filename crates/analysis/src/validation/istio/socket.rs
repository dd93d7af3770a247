//! Unix domain sockets: `unix:///path` and `unix://@name`.

/// What an address that is a socket begins with.
pub(super) const PREFIX: &str = "unix://";

/// What stands behind the prefix: an absolute path to a file, or a name after `@`.
pub(super) fn check(path: &str) -> Result<(), String> {
    if path.starts_with('@') || path.starts_with('/') && !path.ends_with('/') {
        Ok(())
    } else {
        Err(format!("the socket `{PREFIX}{path}` has no absolute path to a file, and no name after `@`"))
    }
}
