//! Running a command to its end, but not for ever.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a command may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was run, for messages.
    #[allow(dead_code, reason = "a failed assertion prints it")]
    pub(crate) command: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Its standard output, if it ended with this code.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self.stdout
    }

    /// Its standard output, if it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        self.ended_with(0)
    }

    /// Its standard error, if it failed.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "{self:#?}");
        self.stderr
    }
}

/// Runs a command to its end with `input` on its standard input; kills it when that does not come.
#[track_caller]
pub(crate) fn run(mut command: Command, input: &str) -> Outcome {
    let shown = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown}: {error}"));
    // A command that does not read its input has closed the pipe, which is its own affair.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let (sender, receiver) = mpsc::channel();
    read_all(0, child.stdout.take().unwrap(), &sender);
    read_all(1, child.stderr.take().unwrap(), &sender);
    let mut texts = [String::new(), String::new()];
    let deadline = Instant::now() + PATIENCE;
    for _ in 0..2 {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok((index, text)) => texts[index] = text,
            Err(_) => {
                child.kill().unwrap();
                panic!("{shown} did not end: {texts:?}");
            }
        }
    }
    let code = child.wait().unwrap().code();
    let [stdout, stderr] = texts;
    Outcome { command: shown, code, stdout, stderr }
}

fn read_all(index: usize, mut from: impl Read + Send + 'static, to: &mpsc::Sender<(usize, String)>) {
    let to = to.clone();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What could be read before an error is what there is to show.
        let _ = from.read_to_end(&mut bytes);
        let _ = to.send((index, String::from_utf8_lossy(&bytes).into_owned()));
    });
}
