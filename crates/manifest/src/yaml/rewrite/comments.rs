//! Comments by their place: the parser does not tell of them.

use std::collections::BTreeMap;

use super::tree::{Content, Layout, Tree};

/// A comment on lines of its own.
#[derive(Debug)]
struct Own {
    line: u64,
    text: String,
    /// Whether a blank line follows.
    parted: bool,
}

/// The comments that have not been written yet.
#[derive(Debug)]
pub(super) struct Comments {
    own: std::collections::VecDeque<Own>,
    /// By line: what stands behind a value.
    behind: BTreeMap<u64, String>,
}

impl Comments {
    /// Those of `text`, whose nodes are `tree`.
    pub(super) fn of(text: &str, tree: &Tree) -> Comments {
        // By line: the column where the last thing on it ends; none if it belongs to something of several lines.
        let mut taken: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for node in &tree.nodes {
            let several_lines = match &node.content {
                Content::Scalar { .. } => node.end.0 > node.start.0,
                Content::Sequence { layout, .. } | Content::Mapping { layout, .. } => {
                    if *layout == Layout::Block {
                        continue;
                    }
                    node.end.0 > node.start.0
                }
            };
            if several_lines {
                taken.extend((node.start.0..node.end.0).map(|line| (line, None)));
            }
            if node.end.1 > 0 {
                let end = taken.entry(node.end.0).or_insert(Some(0));
                *end = end.map(|end| end.max(node.end.1));
            }
        }
        let mut comments = Comments { own: std::collections::VecDeque::new(), behind: BTreeMap::new() };
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let number = index as u64;
            match taken.get(&number) {
                None if line.trim_start().starts_with('#') => {
                    let parted = lines.get(index + 1).is_some_and(|next| next.trim().is_empty());
                    comments.own.push_back(Own { line: number, text: line.trim().to_owned(), parted });
                }
                Some(Some(end)) => {
                    let rest: String = line.chars().skip(usize::try_from(*end).unwrap_or(usize::MAX)).collect();
                    let start = rest
                        .char_indices()
                        .find(|(at, character)| *character == '#' && (*at == 0 || rest[..*at].ends_with([' ', '\t'])));
                    if let Some((at, _)) = start {
                        comments.behind.insert(number, rest[at..].trim_end().to_owned());
                    }
                }
                None | Some(None) => {}
            }
        }
        comments
    }

    /// Takes those on their own lines before `line`, each with its line break; a blank line behind them stays.
    pub(super) fn before(&mut self, line: u64) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(own) = self.own.front().filter(|own| own.line < line) {
            lines.push(own.text.clone());
            if own.parted {
                lines.push(String::new());
            }
            self.own.pop_front();
        }
        lines
    }

    /// Takes the one behind what ends on `line`.
    pub(super) fn behind(&mut self, line: u64) -> Option<String> {
        self.behind.remove(&line)
    }
}
