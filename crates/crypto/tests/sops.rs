//! Random documents that the real `sops` encrypts: what comes out here is what it makes of them itself.
//!
//! `tests/build-tools sops` builds it; the test is skipped where it is missing, and fails there in CI. Recorded files
//! (`tests/sops`) hold everywhere, those for PGP keys among them, which need a `gpg` to be made.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crypto::sops::{Format, Keys, decrypt_file};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use testkit::tools::{Tool, find_or_skip};

/// How many documents of each format are tried.
const DOCUMENTS: u64 = 12;

/// Texts that are easily written wrongly.
const TEXTS: [&str; 30] = [
    "web",
    "",
    " ",
    "a: b",
    "a #b",
    "#a",
    "- a",
    "yes",
    "No",
    "null",
    "~",
    "true",
    "12",
    "0x1f",
    "1e3",
    "1_000",
    "1:30",
    "2026-01-02",
    "one\ntwo",
    "one\ntwo\n",
    "one\n\n",
    "\nx",
    "  x\ny",
    "tab\there",
    "quote\" ' both",
    "Grüße ✓",
    "{a}",
    "[b",
    "%c",
    "a very long text that goes on and on, past the column at which other writers would fold it, and then some more",
];

const KEYS: [&str; 10] =
    ["name", "a_b", "shown_unencrypted", "on", "1", "key with space", "x.y/z", "Ünïcode", "data", "-dash"];

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sops").join(name)
}

struct Peer {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Peer {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.env("SOPS_AGE_KEY_FILE", recorded("ada.agekey")).env("HOME", self.folder.path());
        command.current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Encrypts a document, and compares what is made of it; not if sops refuses it, or its own file.
    fn check(&self, name: &str, text: &str, recipient: &str, which: &[&str]) -> Result<(), ()> {
        let format = Format::of_path(name);
        std::fs::write(self.folder.path().join(name), text).unwrap();
        let encrypted = self.run(&[&["encrypt", "--age", recipient], which, &[name]].concat());
        if !encrypted.status.success() {
            return Err(());
        }
        let sealed = format!("sealed.{name}");
        std::fs::write(self.folder.path().join(&sealed), &encrypted.stdout).unwrap();
        let expected = self.run(&["decrypt", &sealed]);
        if !expected.status.success() {
            return Err(());
        }
        let mut keys = Keys::default();
        keys.add_age(&std::fs::read_to_string(recorded("ada.agekey")).unwrap()).unwrap();
        let found = decrypt_file(&encrypted.stdout, format, format, &keys);
        let found =
            found.unwrap_or_else(|error| panic!("{error}\n{text}\n{}", String::from_utf8_lossy(&encrypted.stdout)));
        assert_eq!(String::from_utf8_lossy(&found.unwrap()), String::from_utf8_lossy(&expected.stdout), "of\n{text}");
        Ok(())
    }
}

/// Which values of a document are encrypted, and what its seal is about.
const WHICH: [&[&str]; 7] = [
    &[],
    &["--encrypted-regex", "^(data|name)$"],
    &["--unencrypted-regex", "^(on|a_b)$"],
    &["--encrypted-suffix", "e"],
    &["--unencrypted-suffix", "_b"],
    &["--mac-only-encrypted"],
    &["--mac-only-encrypted", "--encrypted-regex", "^data$"],
];

/// A random value, as JSON, which is YAML too.
fn value(random: &mut StdRng, depth: u32) -> serde_json::Value {
    match random.gen_range(0..if depth == 0 { 6 } else { 9 }) {
        0 => random.gen_range(-1000..100_000).into(),
        1 => (f64::from(random.gen_range(-100_000..100_000)) / 64.0).into(),
        2 => random.gen_bool(0.5).into(),
        3 => serde_json::Value::Null,
        4 | 5 => (*TEXTS.choose(random).unwrap()).into(),
        6 => (0..random.gen_range(0..4)).map(|_| value(random, depth - 1)).collect(),
        _ => map(random, depth - 1),
    }
}

fn map(random: &mut StdRng, depth: u32) -> serde_json::Value {
    let members =
        (0..random.gen_range(1..5)).map(|_| ((*KEYS.choose(random).unwrap()).to_owned(), value(random, depth)));
    members.collect()
}

#[test]
fn random_documents_become_what_sops_makes_of_them() {
    let Some(program) = find_or_skip(Tool::Sops) else { return };
    let peer = Peer { program, folder: tempfile::tempdir().unwrap() };
    let text = std::fs::read_to_string(recorded("ada.agekey")).unwrap();
    let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let documents = std::env::var("SOPS_DOCUMENTS").ok().and_then(|count| count.parse().ok()).unwrap_or(DOCUMENTS);
    let mut compared = 0;
    for seed in 0..documents {
        let random = &mut StdRng::seed_from_u64(seed);
        let document = map(random, 3).to_string();
        let mut lines = String::new();
        for (index, text) in TEXTS.choose_multiple(random, 6).enumerate() {
            if random.gen_bool(0.3) {
                lines.push_str("# a comment\n");
            }
            lines.push_str(&format!("NAME_{index}={}\n", text.replace('\n', "\\n")));
        }
        let which = WHICH.choose(random).unwrap();
        for (name, text) in [("a.yaml", &document), ("a.json", &document), ("a.env", &lines), ("a.txt", &lines)] {
            compared += u64::from(peer.check(name, text, recipient, which).is_ok());
        }
    }
    assert!(compared >= 3 * documents, "sops refused most: {compared} of {} were compared", 4 * documents);
    eprintln!("{compared} documents are the same");
}
