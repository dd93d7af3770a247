//! One binary that keeps a service mesh in the state that Git declares.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenter::run()
}
