//! Every law, on its seeds and near them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

/// How many changed inputs each law is checked on.
const CASES: u32 = 48;

/// What changes of a seed are made of: what the formats give a meaning.
const PIECES: &[&str] = &[
    "",
    ":",
    ": ",
    "- ",
    "\n",
    "\n---\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "\\",
    "null",
    "0",
    "-1",
    "1e9",
    "~",
    "$",
    "${",
    "/",
    "/-",
    "..",
    "*",
    "?",
    "name",
    "$patch: delete",
    "é",
    "\t",
    "\u{0}",
];

/// One change of a text: some of it replaced by a piece, or by another part of it.
#[derive(Debug, Clone)]
struct Change {
    start: Index,
    length: usize,
    new: New,
}

#[derive(Debug, Clone)]
enum New {
    Piece(&'static str),
    CopyOf(Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let new = prop_oneof![
        3 => prop::sample::select(PIECES).prop_map(New::Piece),
        1 => (any::<Index>(), 0_usize..40).prop_map(|(start, length)| New::CopyOf(start, length)),
    ];
    (any::<Index>(), 0_usize..8, new).prop_map(|(start, length, new)| Change { start, length, new })
}

fn changed(seed: &str, changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.as_bytes().to_vec();
    for change in changes {
        let part = |start: &Index, length: usize| {
            let start = start.index(bytes.len() + 1);
            start..(start + length).min(bytes.len())
        };
        let new = match &change.new {
            New::Piece(piece) => piece.as_bytes().to_vec(),
            New::CopyOf(start, length) => bytes[part(start, *length)].to_vec(),
        };
        let old = part(&change.start, change.length);
        bytes.splice(old, new);
    }
    bytes
}

#[test]
fn laws_hold_for_their_seeds() {
    for law in laws::all() {
        for seed in law.seeds {
            (law.check)(seed.as_bytes());
        }
    }
}

#[test]
fn laws_hold_near_their_seeds() {
    for law in laws::all() {
        let inputs = (prop::sample::select(law.seeds), vec(change(), 1..6));
        let inputs = inputs.prop_map(|(seed, changes)| String::from_utf8_lossy(&changed(seed, &changes)).into_owned());
        let mut runner =
            TestRunner::new(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() });
        let outcome = runner.run(&inputs, |input| {
            (law.check)(input.as_bytes());
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{}: {failure}", law.name);
        }
    }
}

/// The fuzz targets are files that nothing else compares with the laws.
#[test]
fn every_law_has_a_fuzz_target() {
    let targets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/targets");
    for law in laws::all() {
        let target = targets.join(format!("{}.rs", law.name));
        let text = std::fs::read_to_string(&target).unwrap_or_else(|error| panic!("{}: {error}", target.display()));
        assert!(text.contains("fuzz_target!"), "{}", target.display());
    }
}
