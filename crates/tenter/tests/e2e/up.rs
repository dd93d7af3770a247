//! A running `tenter up`, and the commands that talk to it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use tempfile::TempDir;

use crate::home::Home;
use crate::process::{Outcome, PATIENCE, run};

/// `tenter up` with a home of its own; killed when dropped.
pub(crate) struct Up {
    // Before the home, which goes after it.
    _child: Killed,
    home: Home,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Up {
    /// Starts it and waits until its cluster answers.
    pub(crate) fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Up {
        Up::start_in(Home::new(), arguments)
    }

    /// The same in a home that was used before.
    pub(crate) fn start_in<A: AsRef<OsStr>>(home: Home, arguments: impl IntoIterator<Item = A>) -> Up {
        let mut command = home.tenter();
        command
            .arg("up")
            .args(home.to_cluster())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let greeting = home.greeting();
        let mut up = Up { _child: Killed(child), home, lines, seen: Vec::new() };
        up.says(greeting);
        up
    }

    /// Waits for a line that contains all of this, from what it has said so far or says next, and takes it away with
    /// everything before it.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) -> String {
        self.says_all(&[text])
    }

    /// Waits for a line that contains all of these.
    #[track_caller]
    pub(crate) fn says_all(&mut self, texts: &[&str]) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if texts.iter().all(|text| line.contains(text)) {
                        return line;
                    }
                }
                Err(why) => panic!("tenter up never said {texts:?} ({why}):\n{}", self.seen.join("\n")),
            }
        }
    }

    /// The kubeconfig that it wrote.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.home.kubeconfig()
    }

    /// Runs another `tenter` beside it.
    #[track_caller]
    pub(crate) fn tenter<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Outcome {
        let mut command = self.home.tenter();
        command.args(arguments);
        run(command, "")
    }

    /// A `kubectl` that is set to its cluster.
    pub(crate) fn kubectl(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("KUBECONFIG", self.kubeconfig()).env("HOME", self.home.path()).current_dir(self.home.path());
        command
    }

    /// Kills it, and gives back its home.
    pub(crate) fn kill(self) -> Home {
        self.home
    }
}

/// A process that is killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary with a home of its own and nothing of this machine's settings.
pub(crate) fn tenter(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenter"));
    command
        .env("HOME", home.path())
        .env("XDG_STATE_HOME", home.path().join("state"))
        .env_remove("KUBECONFIG")
        .env_remove("NO_COLOR")
        .env_remove("TENTER_LOG");
    command
}
