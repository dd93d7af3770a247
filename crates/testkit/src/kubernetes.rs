//! A real control plane on loopback: etcd, kube-apiserver and kube-controller-manager, as one process of
//! `tests/kubernetes`. There are no nodes.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// How long a control plane may take to start on a busy machine.
const START: Duration = Duration::from_secs(180);

/// Which API server end-to-end tests run on: what `$TENTER_CLUSTER` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// Ours, inside of the process that is tested. What counts where nothing is said.
    Embedded,
    /// A real one.
    Kubernetes,
}

impl Selected {
    /// What the environment says.
    ///
    /// # Panics
    ///
    /// If it names neither.
    pub fn from_environment() -> Selected {
        match std::env::var("TENTER_CLUSTER").as_deref() {
            Err(_) | Ok("" | "embedded") => Selected::Embedded,
            Ok("kubernetes") => Selected::Kubernetes,
            Ok(other) => panic!("TENTER_CLUSTER is {other:?}, neither `embedded` nor `kubernetes`"),
        }
    }
}

/// A running control plane. It ends when dropped, or with the process that started it.
#[derive(Debug)]
pub struct ControlPlane {
    program: PathBuf,
    process: Child,
    folder: TempDir,
    kubeconfig: PathBuf,
    controllers: Option<String>,
}

impl ControlPlane {
    /// Starts a new one, with the administrator's kubeconfig in this file, and waits until it does its work.
    /// [`crate::tools`] finds the program.
    pub fn start(program: &Path, kubeconfig: &Path) -> io::Result<ControlPlane> {
        ControlPlane::start_in(program, folder()?, kubeconfig.to_owned(), None)
    }

    /// The same with the kubeconfig somewhere, and with these of kube-controller-manager's controllers alone, as its
    /// flag has them.
    pub fn start_with_controllers(program: &Path, controllers: &str) -> io::Result<ControlPlane> {
        let folder = folder()?;
        let kubeconfig = folder.path().join("kubeconfig");
        ControlPlane::start_in(program, folder, kubeconfig, Some(controllers.to_owned()))
    }

    fn start_in(
        program: &Path,
        folder: TempDir,
        kubeconfig: PathBuf,
        controllers: Option<String>,
    ) -> io::Result<ControlPlane> {
        let process = launch(program, folder.path(), &kubeconfig, controllers.as_deref())?;
        Ok(ControlPlane { program: program.to_owned(), process, folder, kubeconfig, controllers })
    }

    /// Where the administrator's kubeconfig is.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Ends all of it at once, as a crash would. What was written stays.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    /// Starts it again after [`ControlPlane::kill`], with what it had, at the address that it had.
    pub fn restart(&mut self) -> io::Result<()> {
        self.process = launch(&self.program, self.folder.path(), &self.kubeconfig, self.controllers.as_deref())?;
        Ok(())
    }

    /// Has etcd forget every revision but the present one, so that nobody can go on from an older one. It is done a moment
    /// later.
    pub fn compact(&self) -> io::Result<()> {
        let sent = Command::new("kill").args(["-USR1", &self.process.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("the control plane is gone")) }
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // It can only fail for a process that has ended already.
        let _killed = self.kill();
    }
}

fn folder() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("kubernetes-").tempdir()
}

/// Starts the program and waits for its one line.
fn launch(program: &Path, folder: &Path, kubeconfig: &Path, controllers: Option<&str>) -> io::Result<Child> {
    if let Some(parent) = kubeconfig.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let errors = folder.join("stderr");
    let mut process = Command::new(program)
        .arg("--stop-with-stdin")
        .arg("--data-dir")
        .arg(folder)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(controllers.map(|controllers| format!("--controllers={controllers}")))
        // Memory is plenty here, and collecting garbage rarely saves a sixth of what it takes to start.
        .env("GOGC", "400")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&errors)?)
        .spawn()?;
    let (told, line) = mpsc::channel();
    if let Some(output) = process.stdout.take() {
        std::thread::spawn(move || {
            // A receiver that waits no longer has said so itself.
            let _sent = told.send(BufReader::new(output).lines().next());
        });
    }
    match line.recv_timeout(START) {
        Ok(Some(Ok(line))) if line.starts_with("ready ") => Ok(process),
        Ok(_) | Err(_) => {
            let _killed = process.kill();
            let _status = process.wait();
            let errors = std::fs::read_to_string(errors).unwrap_or_default();
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            Err(io::Error::other(format!("the control plane did not start: {errors}\n{}", last.join("\n"))))
        }
    }
}
