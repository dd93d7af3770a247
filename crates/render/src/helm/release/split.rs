//! Where one document of a template's output ends and the next one starts. Unlike YAML's, Helm's separators may be
//! followed by anything: `---apiVersion: v1` starts a document.

use super::Rules;

/// The documents of a text, in order, without those that are blank.
pub(super) fn documents(text: &str, rules: Rules) -> Vec<&str> {
    match rules {
        Rules::V4 => by_lines(text.trim_start()),
        Rules::V3 => by_separators(text.trim()),
    }
}

/// Helm 4: at every line that starts with `---`; what follows a document up to the separator belongs to it.
fn by_lines(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(after) = line.strip_prefix("---") {
            documents.push(&text[start..line_start]);
            let after = after.trim_start_matches([' ', '\t']);
            start = line_start + (line.len() - after.len());
        }
        line_start += line.len();
    }
    documents.push(&text[start..]);
    documents.into_iter().map(str::trim_start).filter(|document| !document.is_empty()).collect()
}

/// Helm 3: the white space around separators belongs to them, so that of two of them in a row only the first one counts.
fn by_separators(text: &str) -> Vec<&str> {
    const SPACE: [char; 5] = [' ', '\t', '\n', '\u{c}', '\r'];
    let mut documents = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(found) = text[from..].find("---") {
        let at = from + found;
        let before = &text[start..at];
        if at == 0 || before.ends_with('\n') {
            documents.push(before.trim_end_matches(SPACE));
            let after = text[at + "---".len()..].trim_start_matches(SPACE);
            start = text.len() - after.len();
            from = start;
        } else {
            from = at + 1;
        }
    }
    documents.push(&text[start..]);
    documents.into_iter().map(str::trim).filter(|document| !document.is_empty()).collect()
}
