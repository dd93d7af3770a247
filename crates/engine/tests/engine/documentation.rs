//! The messages in `docs/errors.md` are those that the tests assert.

use std::path::Path;

#[test]
fn documented_messages_are_asserted_somewhere() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for entry in std::fs::read_dir(own.join("tests/engine")).unwrap() {
        sources.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let page = std::fs::read_to_string(own.join("../../docs/errors.md")).unwrap();
    let mut inside = false;
    let mut checked = 0;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```text";
        } else if inside {
            assert!(sources.contains(line), "no test asserts this line of docs/errors.md: {line}");
            checked += 1;
        }
    }
    assert!(checked > 30, "docs/errors.md lost its messages");
}
