//! The table of decisions: `tests/cases/{route,access,transport}/*.yaml`, in the format that users' own tests have, each case
//! with the document that it follows from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::WorldOptions;
use mesh::testing::{run, suites};

/// What of a file held, and how many cases it has.
fn check(path: &Path, problems: &mut Vec<String>) -> (usize, usize) {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read(path).expect("a file");
    let manifests = read_manifests(&text, &name, Profile::Kubectl, &Limits::default())
        .unwrap_or_else(|found| panic!("{name}: {found:?}"));
    let suites = suites(manifests).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(!suites.is_empty(), "{name} has no MeshTest");
    let (mut held, mut all) = (0, 0);
    for suite in &suites {
        let (results, _) = run(suite, &[], &WorldOptions::default());
        for result in results {
            all += 1;
            assert!(!result.because.is_empty(), "{name}: `{}` cites no document", result.name);
            if result.holds() {
                held += 1;
                continue;
            }
            let line = result.location.map_or(0, |location| location.line);
            let tree = result.answer.map(|answer| answer.reasoning.to_string()).unwrap_or_default();
            problems.push(format!("{name}:{line}: {}\n  {}\n{tree}\n", result.name, result.problems.join("\n  ")));
        }
    }
    (held, all)
}

fn table(kind: &str, floor: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(kind);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut problems = Vec::new();
    let (mut held, mut all) = (0, 0);
    for file in files {
        let (of_file, in_file) = check(&file, &mut problems);
        held += of_file;
        all += in_file;
    }
    // Past the harness, which keeps what tests that hold print to itself. Nobody reads what cannot be written.
    let _ = writeln!(std::io::stderr().lock(), "decisions/{kind}: {held} of {all} cases hold");
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(all >= floor, "{all} cases are fewer than there were");
}

#[test]
fn routes_are_decided_as_documented() {
    table("route", 203);
}

#[test]
fn access_is_decided_as_documented() {
    table("access", 147);
}

#[test]
fn encryption_is_decided_as_documented() {
    table("transport", 32);
}
