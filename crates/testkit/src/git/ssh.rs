//! git over ssh: a real `sshd` on loopback, run as the user of the test.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// How long `sshd` may take to start.
const START: Duration = Duration::from_secs(20);

/// A running ssh server that lets one key in. It ends when dropped.
#[derive(Debug)]
pub struct SshServer {
    folder: TempDir,
    port: u16,
    daemon: Child,
}

/// A key pair as `ssh-keygen` writes it.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The private key, in OpenSSH's format.
    pub private: Vec<u8>,
    /// The public key, one line.
    pub public: String,
}

impl KeyPair {
    /// Makes an Ed25519 key; with a passphrase, its private half is encrypted.
    pub fn generate(passphrase: &str) -> io::Result<KeyPair> {
        let folder = TempDir::new()?;
        let path = folder.path().join("key");
        keygen(&path, passphrase)?;
        Ok(KeyPair { private: fs::read(&path)?, public: fs::read_to_string(path.with_extension("pub"))? })
    }
}

impl SshServer {
    /// The server's executable: `$SSHD`, or where distributions put it. `None` if OpenSSH's server is not installed.
    pub fn executable() -> Option<PathBuf> {
        let installed = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/local/bin/sshd", "/usr/bin/sshd"];
        let named = std::env::var_os("SSHD").map(PathBuf::from);
        named.into_iter().chain(installed.map(PathBuf::from)).find(|path| path.is_file())
    }

    /// Starts the server on a free port of 127.0.0.1 and waits until it listens.
    pub fn start(executable: &Path, allowed: &KeyPair) -> io::Result<SshServer> {
        let folder = tempfile::Builder::new().prefix("tenter-sshd-").tempdir()?;
        // Run by root, the server wants this folder, which a service manager makes on machines that have one. Nobody
        // else can make it, and nobody else needs it.
        let _unneeded = fs::create_dir_all("/run/sshd");
        let at = |name: &str| folder.path().join(name);
        keygen(&at("host_key"), "")?;
        fs::write(at("authorized_keys"), &allowed.public)?;
        // The port is free again when the listener goes; nothing else of the test takes one in between.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let root = folder.path().display();
        fs::write(
            at("sshd_config"),
            format!(
                "ListenAddress 127.0.0.1:{port}\nHostKey {root}/host_key\nPidFile none\n\
                 AuthorizedKeysFile {root}/authorized_keys\nPubkeyAuthentication yes\nPasswordAuthentication no\n\
                 KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\n\
                 AcceptEnv GIT_PROTOCOL\nLogLevel INFO\n"
            ),
        )?;
        let mut daemon = Command::new(executable)
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, receiver) = mpsc::channel();
        if let Some(stderr) = daemon.stderr.take() {
            std::thread::spawn(move || {
                // Read to the end, so that the server is never blocked; nobody may listen any more.
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let _unheard = sender.send(line);
                }
            });
        }
        let server = SshServer { folder, port, daemon };
        let mut printed = Vec::new();
        loop {
            match receiver.recv_timeout(START) {
                Ok(line) if line.contains("Server listening") => return Ok(server),
                Ok(line) => printed.push(line),
                Err(_) => return Err(io::Error::other(format!("sshd did not start: {}", printed.join("; ")))),
            }
        }
    }

    /// The address of a repository, for the user who runs the test.
    pub fn url(&self, repository: &Path) -> io::Result<String> {
        Ok(format!("ssh://{}@127.0.0.1:{}{}", user()?, self.port, repository.display()))
    }

    /// The server's host key in `known_hosts` format.
    pub fn known_hosts(&self) -> io::Result<String> {
        let key = fs::read_to_string(self.folder.path().join("host_key.pub"))?;
        Ok(self.known_hosts_with(&key))
    }

    /// A `known_hosts` line for this server with another public key.
    pub fn known_hosts_with(&self, public: &str) -> String {
        format!("[127.0.0.1]:{} {}\n", self.port, public.trim())
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        // Neither can fail but for a server that has ended already.
        let _killed = self.daemon.kill();
        let _status = self.daemon.wait();
    }
}

fn keygen(path: &Path, passphrase: &str) -> io::Result<()> {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-C", "test", "-N", passphrase, "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("ssh-keygen failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// The name of the user who runs the test.
fn user() -> io::Result<String> {
    let output = Command::new("id").arg("-un").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
