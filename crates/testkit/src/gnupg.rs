//! The real GnuPG, with a home folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A home folder of GnuPG. Its agent ends, and the folder goes, when this is dropped.
#[derive(Debug)]
pub struct Home(TempDir);

impl Home {
    /// A home folder without keys; none, said aloud, where there is no `gpg`.
    ///
    /// # Panics
    ///
    /// Where it is missing in CI (`CI` is set), or no folder can be made.
    pub fn new_or_skip() -> Option<Home> {
        if Command::new("gpg").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "there is no gpg");
            #[expect(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("skipped: there is no gpg");
            }
            return None;
        }
        // Short, because the path of the agent's socket is bounded; GnuPG wants it private, as temporary folders are.
        Some(Home(tempfile::Builder::new().prefix("gpg-").tempdir().expect("a temporary folder")))
    }

    /// The folder, for `GNUPGHOME`.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a key without a passphrase, such as `rsa3072`, `ed25519`, for `sign`, `default`, that ends after `1d` or
    /// `never`.
    pub fn make_key(&self, user: &str, algorithm: &str, usage: &str, expiry: &str) {
        self.gpg(&["--passphrase", "", "--quick-generate-key", user, algorithm, usage, expiry], b"");
    }

    /// Runs `gpg` with arguments and an input, and gives its output.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn gpg(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.try_gpg(arguments, input);
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn try_gpg(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", self.path()).args(["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"]);
        let child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("gpg starts");
        if let Some(mut stdin) = child.stdin.take() {
            // What gpg does not read is its own affair.
            let _unread = stdin.write_all(input);
        }
        child.wait_with_output().expect("gpg ends")
    }

    /// A program that is `gpg` with this home folder, for git's `gpg.program`.
    pub fn program(&self) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let script = format!("#!/bin/sh\nexec gpg --homedir '{}' \"$@\"\n", self.path().display());
        let path = self.write("gpg", script.as_bytes());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("a file of our own");
        path
    }

    /// The public keys, binary, as a file in the folder.
    pub fn public_keyring(&self) -> PathBuf {
        self.write("pubring.gpg", &self.gpg(&["--export"], b""))
    }

    /// The secret keys, binary, as a file in the folder.
    pub fn secret_keyring(&self) -> PathBuf {
        self.write("secring.gpg", &self.gpg(&["--export-secret-keys"], b""))
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("a file in a temporary folder");
        path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let mut command = Command::new("gpgconf");
        // An agent that is not there need not end.
        let _status = command.env("GNUPGHOME", self.path()).args(["--kill", "all"]).output();
    }
}
