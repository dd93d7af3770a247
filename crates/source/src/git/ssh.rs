//! git over ssh, through the `ssh` executable, with a key and host keys of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use gix::bstr::ByteSlice;
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::blocking_io::Transport;
use gix::protocol::transport::client::git::ConnectMode;
use gix::protocol::transport::client::git::blocking_io::Connection;
use tempfile::TempDir;

use super::cancel::Cancel;
use super::remote::Address;
use crate::error::SourceError;
use crate::request::Credentials;

/// The user on the server where the address names none, as the forges have it.
const DEFAULT_USER: &str = "git";

/// How much of what `ssh` prints is kept for an error.
const MOST_OUTPUT: u64 = 16 << 10;

/// The passphrase of the private key reaches the program that `ssh` asks through this variable.
const PASSPHRASE: &str = "TENTER_SSH_PASSPHRASE";

/// A running `ssh`. The files with its key are removed when this is dropped.
pub(super) struct Session {
    _files: TempDir,
    output: Option<JoinHandle<String>>,
}

impl Session {
    /// What `ssh` printed on standard error. It has to be ended, or to end by itself.
    pub(super) fn output(&mut self) -> String {
        self.output.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }
}

/// Starts `ssh` and returns the connection through it.
pub(super) fn connect(address: &Address, cancel: &Cancel) -> Result<(Box<dyn Transport + Send>, Session), SourceError> {
    let unusable =
        |reason: &str| SourceError::InvalidCredentials { url: address.shown.clone(), reason: reason.to_owned() };
    let Credentials::Ssh { identity, known_hosts, password } = &address.credentials else {
        return Err(unusable("ssh needs a private key (identity) and host keys (known_hosts) in the secret"));
    };
    if identity.is_empty() {
        return Err(unusable("the private key (identity) is empty"));
    }
    if known_hosts.trim_ascii().is_empty() {
        return Err(unusable("known_hosts is empty, and no unknown host is ever trusted; ssh-keyscan prints its keys"));
    }
    let files = Files::write(identity, known_hosts, password.as_deref())
        .map_err(|source| SourceError::Io { path: std::env::temp_dir(), source })?;
    let mut command = command(address, &files, password.as_deref(), cancel)?;
    let mut child = command.spawn().map_err(|error| SourceError::Unreachable {
        url: address.shown.clone(),
        cause: format!("cannot start the ssh executable: {error}; install an OpenSSH client"),
    })?;
    let (stdin, stdout, stderr) = pipes(&mut child);
    cancel.adopt(child);
    let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(SourceError::Protocol { url: address.shown.clone(), cause: "ssh has no pipes".to_owned() });
    };
    let output = stderr.map(|stderr| std::thread::spawn(move || first_part(stderr)));
    let connection = Connection::new(
        stdout,
        stdin,
        Protocol::V2,
        address.url.path.clone(),
        None::<(String, Option<u16>)>,
        ConnectMode::Process,
        false,
    )
    .custom_url(Some(address.url.to_bstring()));
    Ok((Box::new(connection), Session { _files: files.folder, output }))
}

fn pipes(child: &mut Child) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
    (child.stdin.take(), child.stdout.take(), child.stderr.take())
}

/// The beginning of what `ssh` prints; the rest is read too, so that it is never blocked.
fn first_part(mut stderr: ChildStderr) -> String {
    let mut output = Vec::new();
    let read = stderr.by_ref().take(MOST_OUTPUT).read_to_end(&mut output);
    if read.is_ok() {
        let _rest = io::copy(&mut stderr, &mut io::sink());
    }
    output.to_str_lossy().into_owned()
}

/// The files that `ssh` reads, in a folder that nobody else can enter.
struct Files {
    folder: TempDir,
    identity: PathBuf,
    known_hosts: PathBuf,
    ask_passphrase: Option<PathBuf>,
}

impl Files {
    fn write(identity: &[u8], known_hosts: &[u8], password: Option<&str>) -> io::Result<Files> {
        let folder = tempfile::Builder::new().prefix("tenter-ssh-").tempdir()?;
        // A key without a newline at its end, as secrets often have it, is not accepted.
        let identity = [identity.trim_ascii_end(), b"\n"].concat();
        let files = Files {
            identity: private_file(folder.path(), "identity", &identity, Mode::Data)?,
            known_hosts: private_file(folder.path(), "known_hosts", known_hosts, Mode::Data)?,
            ask_passphrase: match password {
                Some(_) => {
                    let script = format!("#!/bin/sh\nprintf '%s\\n' \"${PASSPHRASE}\"\n");
                    Some(private_file(folder.path(), "askpass", script.as_bytes(), Mode::Program)?)
                }
                None => None,
            },
            folder,
        };
        Ok(files)
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Data,
    Program,
}

fn private_file(folder: &Path, name: &str, content: &[u8], mode: Mode) -> io::Result<PathBuf> {
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(match mode {
            Mode::Data => 0o600,
            Mode::Program => 0o700,
        });
    }
    #[cfg(not(unix))]
    let _not_needed = mode;
    options.open(&path)?.write_all(content)?;
    fs::canonicalize(path)
}

/// `ssh` without any configuration, agent or state of the user or the machine.
fn command(address: &Address, files: &Files, password: Option<&str>, cancel: &Cancel) -> Result<Command, SourceError> {
    let invalid = |reason: &str| SourceError::InvalidUrl { url: address.shown.clone(), reason: reason.to_owned() };
    let host = address.url.host().ok_or_else(|| invalid("it names no host"))?.trim_matches(['[', ']']);
    let user = address.url.user().unwrap_or(DEFAULT_USER);
    if host.starts_with('-') || user.starts_with('-') {
        return Err(invalid("neither the host nor the user can begin with a dash"));
    }
    let mut command = Command::new("ssh");
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.env("GIT_PROTOCOL", "version=2").env("LC_ALL", "C");
    let connect_timeout = cancel.remaining().as_secs().max(1);
    command.args(["-F", "none", "-T", "-x", "-a", "-i"]).arg(&files.identity);
    let known_hosts = files.known_hosts.display();
    for option in [
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "CertificateFile=none",
        "PreferredAuthentications=publickey",
        "StrictHostKeyChecking=yes",
        "GlobalKnownHostsFile=/dev/null",
        &format!("UserKnownHostsFile=\"{known_hosts}\""),
        "UpdateHostKeys=no",
        "VerifyHostKeyDNS=no",
        "ControlMaster=no",
        "ControlPath=none",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
        "NumberOfPasswordPrompts=1",
        "LogLevel=ERROR",
        "SendEnv=GIT_PROTOCOL",
        &format!("ConnectTimeout={connect_timeout}"),
        // Asking for the passphrase of the key counts as interaction.
        if password.is_some() { "BatchMode=no" } else { "BatchMode=yes" },
    ] {
        command.args(["-o", option]);
    }
    if let (Some(password), Some(program)) = (password, &files.ask_passphrase) {
        command.env("SSH_ASKPASS", program).env("SSH_ASKPASS_REQUIRE", "force").env(PASSPHRASE, password);
    }
    if let Some(port) = address.url.port {
        command.args(["-p", &port.to_string()]);
    }
    let path = address.url.path.to_str().map_err(|_| invalid("its path is not UTF-8"))?;
    command
        .args(["-l", user, "--", host, &format!("git-upload-pack {}", quoted(path))])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// The path for the shell on the server; `/~user` becomes `~user`, which that shell expands.
fn quoted(path: &str) -> String {
    let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''").replace('!', r"'\!'"));
    let Some(home) = path.strip_prefix("/~") else { return quote(path) };
    let (user, rest) = home.split_once('/').unwrap_or((home, ""));
    if user.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character)) {
        format!("~{user}/{}", quote(rest))
    } else {
        quote(path)
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn paths_are_quoted_for_the_shell() {
        let check = |path: &str, expected: &str| assert_eq!(quoted(path), expected);
        check("/srv/a.git", "'/srv/a.git'");
        check("a b.git", "'a b.git'");
        check("/a'; rm -rf x; '", r"'/a'\''; rm -rf x; '\'''");
        check("/a!b", r"'/a'\!'b'");
        check("/~ada/a.git", "~ada/'a.git'");
        check("/~/a.git", "~/'a.git'");
        check("/~$(x)/a.git", "'/~$(x)/a.git'");
    }
}
