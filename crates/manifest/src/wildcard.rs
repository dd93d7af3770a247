//! Patterns of file names, as Go's `filepath.Match` reads them.

/// A pattern: `*` and `?` stand for anything but `/`, `[a-z]` and `[^a-z]` for one character, and `\` takes the
/// meaning of the next character away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    tokens: Vec<Token>,
}

impl Wildcard {
    /// Reads a pattern; `None` if it is malformed: a class or an escape without end.
    pub fn parse(pattern: &str) -> Option<Wildcard> {
        tokens(pattern).map(|tokens| Wildcard { tokens })
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        // The positions in the name that the tokens so far can reach.
        let mut reached = vec![false; name.len() + 1];
        reached[0] = true;
        for token in &self.tokens {
            let mut next = vec![false; name.len() + 1];
            match token {
                Token::Star => {
                    let mut can_go_on = false;
                    for at in 0..=name.len() {
                        can_go_on = reached[at] || can_go_on && at > 0 && name[at - 1] != '/';
                        next[at] = can_go_on;
                    }
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
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Star,
    One(Class),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    Any,
    Exactly(char),
    Ranges { ranges: Vec<(char, char)>, negated: bool },
}

impl Class {
    fn holds(&self, character: char) -> bool {
        match self {
            Class::Any => character != '/',
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

    use super::Wildcard;

    fn matches(pattern: &str, name: &str) -> bool {
        Wildcard::parse(pattern).is_some_and(|wildcard| wildcard.matches(name))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn wildcards_are_what_the_same_regular_expression_is(pattern in "[ab*?/]{0,8}", name in "[ab/]{0,8}") {
            let regex = format!("^{}$", pattern.replace('*', "[^/]*").replace('?', "[^/]"));
            let expected = regex::Regex::new(&regex).unwrap().is_match(&name);
            prop_assert_eq!(matches(&pattern, &name), expected);
        }
    }

    #[test]
    fn wildcards_are_those_of_go() {
        let check = |pattern: &str, matching: &[&str], other: &[&str]| {
            for name in matching {
                assert!(matches(pattern, name), "{pattern:?} should match {name:?}");
            }
            for name in other {
                assert!(!matches(pattern, name), "{pattern:?} should not match {name:?}");
            }
        };
        check("abc", &["abc"], &["ab", "abcd", "xabc", ""]);
        check("*", &["", "a", "abc"], &["a/b", "/"]);
        check("*c", &["abc", "c", "cc"], &["abd", "a/c"]);
        check("a*b*c", &["abc", "axxbxxc", "abcbc"], &["ab", "acb"]);
        check("a/*", &["a/", "a/b"], &["a", "a/b/c"]);
        check("a?c", &["abc", "aéc"], &["ac", "abbc", "a/c"]);
        check("[a-c]x", &["ax", "bx", "cx"], &["dx", "x"]);
        check("[^a-c]x", &["dx", "éx", "/x"], &["ax"]);
        check("[!a]", &["!", "a"], &["b"]);
        check("[a\\-z]", &["a", "-", "z"], &["b"]);
        check("\\*", &["*"], &["a", "\\*"]);
        check("a\\b", &["ab"], &["a\\b"]);
        check("*.tar.gz", &["a.tar.gz", ".tar.gz"], &["a.tar", "a.tar.gz.x"]);
    }

    #[test]
    fn malformed_patterns_are_none() {
        for pattern in ["[]a]", "[a", "[-x]", "[a-]", "a\\", "["] {
            assert_eq!(Wildcard::parse(pattern), None, "{pattern:?}");
        }
    }
}
