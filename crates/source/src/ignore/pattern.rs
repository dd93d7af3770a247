//! One rule.

/// What a rule does to the files it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Leaves them out.
    Exclude,
    /// Brings them back.
    Include,
}

/// What a rule's last component may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Files and folders.
    Any,
    /// Folders only: the rule ends with a slash.
    Folder,
}

/// One rule, bound to the folder whose `.sourceignore` it stands in.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) effect: Effect,
    folder: Vec<String>,
    components: Vec<String>,
    target: Target,
}

impl Pattern {
    /// Reads a rule of the `.sourceignore` file in `folder`.
    pub(super) fn parse(line: &str, folder: &[&str]) -> Pattern {
        let (effect, line) = match line.strip_prefix('!') {
            Some(rest) => (Effect::Include, rest),
            None => (Effect::Exclude, line),
        };
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (target, line) = match line.strip_suffix('/') {
            Some(rest) => (Target::Folder, rest),
            None => (Target::Any, line),
        };
        Pattern {
            effect,
            folder: folder.iter().map(|name| (*name).to_owned()).collect(),
            components: line.split('/').map(str::to_owned).collect(),
            target,
        }
    }

    /// Whether the rule is about the file at `path`.
    pub(super) fn matches(&self, path: &[&str]) -> bool {
        let Some((folder, below)) = path.split_at_checked(self.folder.len()) else { return false };
        if below.is_empty() || folder.iter().zip(&self.folder).any(|(name, own)| name != own) {
            return false;
        }
        match self.components.as_slice() {
            [name] => self.matches_any_component(name, below),
            components => self.matches_from_the_start(components, below),
        }
    }

    /// A rule without an inner slash matches a file or folder of that name at any depth.
    fn matches_any_component(&self, name: &str, path: &[&str]) -> bool {
        match path.iter().position(|component| wildcard(name, component)) {
            Some(at) => self.target == Target::Any || at + 1 < path.len(),
            None => false,
        }
    }

    /// A rule with an inner slash matches from its folder on, and everything below what it matches.
    fn matches_from_the_start(&self, components: &[String], path: &[&str]) -> bool {
        let mut rest = path.iter();
        let mut matched = false;
        let mut skips_folders = false;
        for (at, component) in components.iter().enumerate() {
            match component.as_str() {
                "" => skips_folders = false,
                "**" if at + 1 == components.len() => break,
                "**" => skips_folders = true,
                mixed if mixed.contains("**") => return false,
                name if skips_folders => {
                    if rest.as_slice().is_empty() {
                        return false;
                    }
                    skips_folders = false;
                    matched = rest.any(|component| wildcard(name, component));
                }
                name => {
                    if !rest.next().is_some_and(|component| wildcard(name, component)) {
                        return false;
                    }
                    matched = true;
                }
            }
        }
        matched && (self.target == Target::Any || !rest.as_slice().is_empty())
    }
}

/// Whether `name` matches `pattern` as Go's `filepath.Match` decides it: `*`, `?`, `[a-z]`, `[^a-z]` and `\` escapes.
/// A malformed pattern matches nothing.
fn wildcard(pattern: &str, name: &str) -> bool {
    let Some(tokens) = tokens(pattern) else { return false };
    let name: Vec<char> = name.chars().collect();
    // The positions in the name that the tokens so far can reach.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for token in &tokens {
        let mut next = vec![false; name.len() + 1];
        match token {
            Token::Star => {
                let first = reached.iter().position(|reached| *reached).unwrap_or(reached.len());
                next[first..].fill(true);
            }
            Token::One(class) => {
                for (at, character) in name.iter().enumerate() {
                    next[at + 1] = reached[at] && class.holds(*character);
                }
            }
        }
        reached = next;
    }
    reached[name.len()]
}

enum Token {
    Star,
    One(Class),
}

enum Class {
    Any,
    Exactly(char),
    Ranges { ranges: Vec<(char, char)>, negated: bool },
}

impl Class {
    fn holds(&self, character: char) -> bool {
        match self {
            Class::Any => true,
            Class::Exactly(own) => *own == character,
            Class::Ranges { ranges, negated } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

/// The parts of a pattern; `None` if it is malformed.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        tokens.push(match character {
            '*' => Token::Star,
            '?' => Token::One(Class::Any),
            '\\' => Token::One(Class::Exactly(rest.next()?)),
            '[' => {
                let negated = rest.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || rest.next_if_eq(&']').is_none() {
                    let low = class_character(&mut rest)?;
                    let high = if rest.next_if_eq(&'-').is_some() { class_character(&mut rest)? } else { low };
                    ranges.push((low, high));
                }
                Token::One(Class::Ranges { ranges, negated })
            }
            plain => Token::One(Class::Exactly(plain)),
        });
    }
    Some(tokens)
}

/// One character of a class, which may be escaped; `None` where there cannot be one.
fn class_character(rest: &mut impl Iterator<Item = char>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        plain => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::wildcard;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn wildcards_are_what_the_same_regular_expression_is(pattern in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            let regex = format!("^{}$", pattern.replace('*', "[^/]*").replace('?', "[^/]"));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&name);
            prop_assert_eq!(wildcard(&pattern, &name), expected);
        }
    }

    #[test]
    fn wildcards_are_those_of_go() {
        let check = |pattern: &str, matching: &[&str], other: &[&str]| {
            for name in matching {
                assert!(wildcard(pattern, name), "{pattern:?} should match {name:?}");
            }
            for name in other {
                assert!(!wildcard(pattern, name), "{pattern:?} should not match {name:?}");
            }
        };
        check("abc", &["abc"], &["ab", "abcd", "xabc", ""]);
        check("*", &["", "a", "abc"], &[]);
        check("*c", &["abc", "c", "cc"], &["abd"]);
        check("a*b*c", &["abc", "axxbxxc", "abcbc"], &["ab", "acb"]);
        check("a?c", &["abc", "aéc"], &["ac", "abbc"]);
        check("[a-c]x", &["ax", "bx", "cx"], &["dx", "x"]);
        check("[^a-c]x", &["dx", "éx"], &["ax"]);
        check("[!a]", &["!", "a"], &["b"]);
        check("[a\\-z]", &["a", "-", "z"], &["b"]);
        check("\\*", &["*"], &["a", "\\*"]);
        check("a\\b", &["ab"], &["a\\b"]);
        // Malformed: never a match.
        check("[]a]", &[], &["]", "a", "]a]"]);
        check("[a", &[], &["a", "[a"]);
        check("[-x]", &[], &["-", "x"]);
        check("[a-]", &[], &["a", "-"]);
        check("a\\", &[], &["a", "a\\"]);
        check("*.tar.gz", &["a.tar.gz", ".tar.gz"], &["a.tar", "a.tar.gz.x"]);
    }
}
