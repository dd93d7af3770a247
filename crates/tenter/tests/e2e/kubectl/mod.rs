//! A real `kubectl` ($KUBECTL, else the one on the PATH) drives the embedded cluster over HTTPS.

mod apply;
mod custom;
mod discovery;
mod kustomize;
mod objects;
mod workloads;

use std::process::Command;
use std::time::Instant;

use testkit::git::Repository;

use crate::process::{Outcome, PATIENCE, run};
use crate::shop;
use crate::up::Up;

/// A `kubectl` and the cluster it talks to.
struct Kubectl {
    program: String,
    up: Up,
    /// What the cluster serves; it goes when this is dropped.
    _repository: Repository,
}

impl Kubectl {
    /// With a cluster that serves the small repository; none (said aloud) where there is no `kubectl`. In CI there must
    /// be one.
    fn with_shop() -> Option<Kubectl> {
        let program = program()?;
        let (repository, head) = shop::repository();
        let up = shop::serve(&repository, &head);
        Some(Kubectl { program, up, _repository: repository })
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, "")
    }

    #[track_caller]
    fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.up.kubectl(&self.program);
        command.args(arguments);
        run(command, input)
    }

    /// What it prints when it succeeds.
    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments).ok()
    }

    /// The same with manifests on its standard input.
    #[track_caller]
    fn ok_with(&self, arguments: &[&str], input: &str) -> String {
        self.run_with(arguments, input).ok()
    }

    /// Succeeds, and prints all of these.
    #[track_caller]
    fn shows(&self, arguments: &[&str], texts: &[&str]) -> String {
        let printed = self.ok(arguments);
        for text in texts {
            assert!(printed.contains(text), "kubectl {arguments:?} does not show {text:?}:\n{printed}");
        }
        printed
    }

    /// Fails, and says all of these.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], texts: &[&str]) {
        self.refuses_with(arguments, "", texts);
    }

    /// The same, once what was just asked for has come to pass.
    #[track_caller]
    fn refuses_soon(&self, arguments: &[&str], texts: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(arguments).code == Some(0) && Instant::now() < deadline {}
        self.refuses(arguments, texts);
    }

    #[track_caller]
    fn refuses_with(&self, arguments: &[&str], input: &str, texts: &[&str]) {
        let said = self.run_with(arguments, input).refused();
        for text in texts {
            assert!(said.contains(text), "kubectl {arguments:?} does not say {text:?}:\n{said}");
        }
    }
}

fn program() -> Option<String> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    if Command::new(&program).args(["version", "--client"]).output().is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    assert!(std::env::var_os("CI").is_none(), "{program} cannot be run; put a kubectl on the PATH or set $KUBECTL");
    eprintln!("skipped: {program} cannot be run; put a kubectl on the PATH or set $KUBECTL");
    None
}
