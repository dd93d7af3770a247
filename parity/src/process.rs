//! Running the real tools and ourselves, cut off from networks and from what this machine is configured with.

use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::Outcome;

/// What a command made of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rendered {
    /// It printed this.
    Printed(String),
    /// It failed, and said why.
    Refused(String),
}

/// Runs a program with these arguments, with an empty home in `folder`.
///
/// No request gets farther than a port of this machine on which nobody listens.
pub(crate) fn run(program: &Path, arguments: &[String], folder: &Path) -> Outcome<Rendered> {
    let mut command = Command::new(program);
    command.args(arguments);
    command.env("HOME", folder).env("XDG_CACHE_HOME", folder.join("cache")).env_remove("KUBECONFIG");
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    command.env("GIT_ALLOW_PROTOCOL", "none");
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(Rendered::Printed(printed.into_owned()));
    }
    match crashed(output.status) {
        false => Ok(Rendered::Refused(said.trim().to_owned())),
        true => Err(format!("{} ended with {}: {said}", program.display(), output.status).into()),
    }
}

/// A refusal is an exit code; a signal, or the code of a panic, is a crash.
fn crashed(status: ExitStatus) -> bool {
    const PANIC: i32 = 101;
    status.code().is_none_or(|code| code == PANIC)
}
