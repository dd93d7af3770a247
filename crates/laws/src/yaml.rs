//! Reading and writing YAML.

use manifest::Diagnostic;
use manifest::yaml::{Limits, Profile, read_documents, read_manifests, read_value, write, write_documents};

use crate::Law;

const PROFILES: [Profile; 2] = [Profile::Kubectl, Profile::Kustomize];
const LIMITS: Limits = Limits { max_bytes: 64 << 10, max_depth: 60, max_nodes: 5_000 };

const SEEDS: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |-\n    x\n\n    y\n  b: >+\n    z\n\n",
    "a: &a {x: 1, y: [0o17, 0x1F, 1_000, .5, -.inf, 1e3]}\nb:\n  <<: *a\n  y: 2001-12-14t21:59:43.10-05:00\n",
    "%YAML 1.1\n---\n- !!str 1\n- !!binary aGk=\n- 'it''s'\n- \"\\x41\\u00e9\\n\\\n   b\"\n...\n---\n? a\n: b\n",
    "addresses: [1.2.3.4, 001:db8::, !tag x]\n\"a\":[1]\n",
    "kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- null\n",
];

/// Any bytes are read, or refused at a place and with a hint; every place that is noted is that of a value.
pub const READ: Law = Law { name: "yaml_read", check: read, seeds: SEEDS };

fn read(input: &[u8]) {
    for profile in PROFILES {
        match read_documents(input, "f.yaml", profile, &LIMITS) {
            Ok(documents) => {
                for document in documents {
                    assert!(document.location.line >= 1);
                    for (pointer, (line, column)) in document.fields.iter() {
                        assert!(document.value.pointer(pointer).is_some(), "{pointer} is no value");
                        assert!(*line >= 1 && *column >= 1, "{pointer} has no place");
                    }
                }
            }
            Err(problem) => explained(&problem),
        }
        if let Err(problems) = read_manifests(input, "f.yaml", profile, &LIMITS) {
            assert!(!problems.is_empty());
            problems.iter().for_each(explained);
        }
    }
}

fn explained(problem: &Diagnostic) {
    assert!(problem.location.is_some(), "no place: {problem}");
    assert!(problem.hint.is_some(), "no hint: {problem}");
}

/// What is read can be written, and reads the same then in both profiles.
pub const ROUND_TRIP: Law = Law { name: "yaml_round_trip", check: round_trip, seeds: SEEDS };

fn round_trip(input: &[u8]) {
    for profile in PROFILES {
        let Ok(documents) = read_documents(input, "f.yaml", profile, &LIMITS) else { continue };
        let values: Vec<_> = documents.into_iter().map(|document| document.value).collect();
        for value in &values {
            let written = write(value);
            for profile in PROFILES {
                let read = read_value(&written, "written.yaml", profile, &Limits::default());
                assert_eq!(read.as_ref(), Ok(value), "{profile:?} reads differently:\n{written}");
            }
        }
        let stream = write_documents(&values);
        let read = read_documents(stream.as_bytes(), "written.yaml", profile, &Limits::default())
            .map(|documents| documents.into_iter().map(|document| document.value).collect::<Vec<_>>());
        assert_eq!(read, Ok(values), "the stream reads differently:\n{stream}");
    }
}
