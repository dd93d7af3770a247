//! The real binary as a child process.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cluster::Cluster;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tempfile::TempDir;
use testkit::git::Repository;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a step may take before it counts as hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A running `tenter up`. It is killed when dropped.
pub(crate) struct Process {
    child: Child,
    kubeconfig: PathBuf,
    log: Log,
    announced: watch::Receiver<bool>,
    reading: JoinHandle<()>,
}

/// What a process printed on standard error so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<String>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, line: &str) {
        let mut text = self.0.lock().unwrap();
        text.push_str(line);
        text.push('\n');
    }
}

impl Process {
    /// Starts `tenter up` over the repository, with its cluster in `folder`.
    pub(crate) fn start(repository: &Repository, folder: &TempDir, more: &[&str]) -> Process {
        let state = folder.path().join("state");
        let kubeconfig = state.join("tenter/kubeconfig");
        if kubeconfig.exists() {
            std::fs::remove_file(&kubeconfig).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenter"))
            .args(["up", "--path", "clusters", "--data-dir"])
            .arg(folder.path().join("data"))
            .args(more)
            .arg(repository.path())
            .env("XDG_STATE_HOME", &state)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (sender, announced) = watch::channel(false);
        let log = Log::default();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reading = tokio::spawn({
            let log = log.clone();
            async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    log.add(&line);
                    if line.contains("export KUBECONFIG=") {
                        sender.send_replace(true);
                    }
                }
            }
        });
        Process { child, kubeconfig, log, announced, reading }
    }

    /// Waits until the API is served.
    pub(crate) async fn announced(&mut self) {
        let announced = tokio::time::timeout(PATIENCE, self.announced.wait_for(|announced| *announced)).await;
        assert!(matches!(announced, Ok(Ok(_))), "the process did not start: {}", self.log.text());
    }

    /// A connection to the process's API, as the administrator.
    pub(crate) async fn client(&self) -> Client {
        let read = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        Client::try_from(config).unwrap()
    }

    pub(crate) async fn cluster(&self) -> Cluster {
        Cluster::new(self.client().await)
    }

    /// Sends SIGKILL and waits until the process is gone.
    pub(crate) async fn kill(mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("the process ended by itself with {status}: {}", self.log.text());
        }
        self.child.kill().await.unwrap();
        self.reading.await.unwrap();
    }

    /// Waits until the process ends by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("the process does not end: {}", self.log.text())).unwrap()
    }

    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    pub(crate) fn log_handle(&self) -> Log {
        self.log.clone()
    }
}
