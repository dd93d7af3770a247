//! What holds for every input.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::arbitrary;
use super::*;

const PROFILES: [Profile; 2] = [Profile::Kubectl, Profile::Kustomize];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read_back(value in arbitrary::value()) {
        let text = write(&value);
        prop_assert!(text.ends_with('\n'));
        for profile in PROFILES {
            let read = read_value(&text, "f.yaml", profile, &Limits::default());
            prop_assert_eq!(read.as_ref(), Ok(&value), "{:?}\n{}", profile, text);
        }
    }

    #[test]
    fn documents_are_read_back(values in vec(arbitrary::object(), 0..4)) {
        let documents = read_documents(write_documents(&values).as_bytes(), "f.yaml", Profile::Kustomize, &Limits::default());
        let read: Vec<Value> = documents.expect("valid").into_iter().map(|document| document.value).collect();
        prop_assert_eq!(read, values);
    }

    #[test]
    fn json_is_yaml(value in arbitrary::object()) {
        // YAML does not allow these in the text itself, and JSON does not escape them.
        let text = value.to_string();
        prop_assume!(!text.chars().any(|character| matches!(character, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}'..='\u{ffff}')));
        let read = read_value(&text, "f.json", Profile::Kustomize, &Limits::default());
        prop_assert_eq!(read, Ok(value));
    }

    #[test]
    fn every_field_is_found_by_its_pointer(value in arbitrary::object()) {
        let text = write(&value);
        let documents = read_documents(text.as_bytes(), "f.yaml", Profile::Kustomize, &Limits::default()).expect("valid");
        let lines = u32::try_from(text.lines().count()).expect("few lines");
        for (pointer, (line, column)) in documents[0].fields.iter() {
            prop_assert!(value.pointer(pointer).is_some(), "{}", pointer);
            prop_assert!(*line >= 1 && *line <= lines && *column >= 1);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        for profile in PROFILES {
            let _ = read_manifests(&bytes, "f.yaml", profile, &Limits::default());
        }
    }

    #[test]
    fn any_text_of_yaml_characters_is_read_or_refused(
        text in "([ \n\t:,?#&*!|>'\"%@`\\\\a-c0-9-]|\\[|\\]|\\{|\\}|---\n|: |- |<<: |\\*a|&a |!!|é|\r\n){0,60}",
    ) {
        let limits = Limits { max_bytes: 10_000, max_depth: 10, max_nodes: 100 };
        for profile in PROFILES {
            let (documents, problems) = read_all(text.as_bytes(), "f.yaml", profile, &limits);
            for document in documents {
                prop_assert!(document.fields.len() <= 100);
            }
            for problem in problems {
                let location = problem.location.expect("every problem has a place");
                prop_assert!(location.line >= 1 && location.column >= 1);
                prop_assert!(problem.hint.is_some());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a text was and whatever it is to hold, what comes out holds that.
    #[test]
    fn rewriting_changes_style_and_nothing_else(original in arbitrary::object(), value in arbitrary::object()) {
        for original in [write(&original), original.to_string()] {
            let rewritten = rewrite(&original, &value);
            let read = read_value(&rewritten, "", Profile::Kustomize, &Limits::default());
            prop_assert_eq!(read.as_ref().ok(), Some(&value), "{}\n{:?}", rewritten, read);
        }
    }
}
