//! Real servers of other projects, on loopback: a registry and an S3 server. [`crate::tools`] finds their programs.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

/// How long to wait between looks whether it listens, since neither of them tells.
const BETWEEN: Duration = Duration::from_millis(20);

/// The name that servers with a login know.
pub const USER: &str = "ada";

/// Its password: for a registry, or as the secret key of an S3 server.
pub const PASSWORD: &str = "secret";

/// A running server. It ends when dropped.
#[derive(Debug)]
pub struct Server {
    program: Child,
    host: String,
    folder: TempDir,
}

impl Server {
    /// Starts a registry that keeps everything in memory and wants [`USER`] and [`PASSWORD`].
    pub fn registry(program: &Path) -> io::Result<Server> {
        let folder = tempfile::Builder::new().prefix("tenter-registry-").tempdir()?;
        let host = free()?;
        // `secret`, hashed by bcrypt.
        let users = "ada:$2b$04$qMDeoIHrB9Ki2JjUfSvK2eiJ.aAPY8oRsfPo19dr2uRQ4TwR7FDZW\n";
        fs::write(folder.path().join("users"), users)?;
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{inmemory: {{}}}}\nhttp: {{addr: {host:?}, secret: test}}\n\
             auth: {{htpasswd: {{realm: test, path: {:?}}}}}\n",
            folder.path().join("users")
        );
        fs::write(&config, text)?;
        let mut command = Command::new(program);
        command.arg("serve").arg(config);
        Server::start(command, host, folder)
    }

    /// Starts an S3 server in a region, with [`USER`] and [`PASSWORD`] as its keys. Every folder in [`Server::folder`]
    /// is a bucket.
    pub fn s3(program: &Path, region: &str) -> io::Result<Server> {
        let folder = tempfile::Builder::new().prefix("tenter-s3-").tempdir()?;
        let host = free()?;
        fs::create_dir(folder.path().join("buckets"))?;
        let mut command = Command::new(program);
        command.args([&host, region, USER, PASSWORD]).arg(folder.path().join("buckets"));
        Server::start(command, host, folder)
    }

    fn start(mut command: Command, host: String, folder: TempDir) -> io::Result<Server> {
        let log = fs::File::create(folder.path().join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut server = Server { program: command.spawn()?, host, folder };
        let begun = Instant::now();
        while TcpStream::connect(&server.host).is_err() {
            let has_ended = server.program.try_wait()?.is_some();
            if has_ended || begun.elapsed() > START {
                let log = fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("the server did not start: {}", log.trim())));
            }
            std::thread::sleep(BETWEEN);
        }
        Ok(server)
    }

    /// The host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where an S3 server has its buckets.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("buckets")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither can fail but for a server that has ended already.
        let _killed = self.program.kill();
        let _status = self.program.wait();
    }
}

/// A host and port that nobody listens on. The port is free again when the listener goes; nothing else of the test
/// takes one in between.
fn free() -> io::Result<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string())
}
