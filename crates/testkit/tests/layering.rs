//! Dependencies between our crates point down only. The table is the architecture; `cargo metadata` is what is.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each crate and what it may depend on, lowest first.
const LAYERS: &[(&str, &[&str])] = &[
    ("manifest", &[]),
    ("kinds", &["manifest"]),
    ("crypto", &["manifest"]),
    ("source", &["manifest", "crypto"]),
    ("render", &["manifest"]),
    ("expressions", &["manifest"]),
    ("plan", &["manifest", "kinds", "expressions"]),
    ("mesh", &["manifest"]),
    ("analysis", &["manifest", "kinds", "mesh"]),
    ("cluster", &["manifest"]),
    ("apiserver", &["manifest", "expressions"]),
    ("local", &["manifest", "cluster"]),
    ("engine", &["manifest", "mesh", "analysis", "kinds", "crypto", "source", "render", "plan", "cluster"]),
    (
        "tenter",
        &[
            "manifest",
            "mesh",
            "analysis",
            "kinds",
            "crypto",
            "source",
            "render",
            "plan",
            "cluster",
            "engine",
            "apiserver",
            "local",
        ],
    ),
    ("laws", &["manifest", "kinds", "source", "render", "expressions"]),
    ("testkit", &[]),
    ("parity", &["manifest", "testkit"]),
];

/// Crates that do no I/O, and the dependencies that would let them.
const PURE: &[&str] = &["manifest", "kinds", "crypto", "render", "expressions", "plan", "mesh", "analysis"];
const IMPURE: &[&str] =
    &["tokio", "hyper", "kube", "gix", "redb", "notify", "reqwest", "tempfile", "rustls", "tracing"];

fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let shipped = dependencies.filter(|dependency| dependency["kind"].as_str() != Some("dev"));
            (text(&package["name"]), shipped.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn every_crate_is_in_the_table() {
    let listed: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(workspace().into_keys().collect::<BTreeSet<_>>(), listed);
}

#[test]
fn dependencies_point_down_only() {
    let workspace = workspace();
    for (position, (name, allowed)) in LAYERS.iter().enumerate() {
        for dependency in &workspace[*name] {
            if !workspace.contains_key(dependency) {
                continue;
            }
            assert!(allowed.contains(&dependency.as_str()), "`{name}` must not depend on `{dependency}`");
            let below = LAYERS[..position].iter().any(|(lower, _)| lower == dependency);
            assert!(below, "`{dependency}` does not stand below `{name}` in the table");
        }
    }
}

#[test]
fn pure_crates_cannot_do_io() {
    let workspace = workspace();
    for name in PURE {
        for dependency in IMPURE {
            assert!(!workspace[*name].contains(*dependency), "`{name}` is pure and must not depend on `{dependency}`");
        }
    }
}

#[test]
fn pure_crates_read_no_clock_and_no_environment() {
    let forbidden =
        ["std::fs", "std::env", "std::net", "std::process", "SystemTime::now", "Instant::now", "Timestamp::now"];
    for name in PURE {
        for (file, shipped) in shipped(name) {
            for word in forbidden {
                assert!(!shipped.contains(word), "{} uses {word}, but `{name}` is pure", file.display());
            }
        }
    }
}

#[test]
fn one_module_of_the_engine_reads_the_wall_clock() {
    for (file, shipped) in shipped("engine") {
        let reads = ["SystemTime::now", "Timestamp::now"].iter().any(|word| shipped.contains(word));
        assert_eq!(reads, file.ends_with("engine/src/clock.rs"), "{} reads the wall clock", file.display());
    }
}

/// The source files of a crate, each with what it has before its tests.
fn shipped(name: &str) -> impl Iterator<Item = (std::path::PathBuf, String)> {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    sources(&crates.join(name).join("src")).into_iter().map(|file| {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        (file, shipped)
    })
}

/// The source files of a folder, without modules that are tests.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a folder entry").path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
