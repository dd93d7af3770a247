//! Characters that the scanner refuses, or fails on, where Go's scanners do not: they are hidden from it.
//!
//! libyaml-safer follows libyaml; yaml.v2 and yaml.v3 left it in two places. Inside brackets, a `:` directly before
//! another bracket or comma belongs to the text before it (`[1.2.3.4, 001:db8::]`), which libyaml refuses. And a comma
//! directly behind a tag (`[!tag, x]`) belongs to the tag, so that Go drops an item without a word; libyaml-safer
//! panics, and with the comma hidden it refuses the tag, which is what a reader is better off with.
//!
//! So these characters are replaced by others of the same width that the text does not hold, and put back into every
//! scalar: whatever is replaced too much, inside quotes or comments, is text there and comes out unchanged.

use std::borrow::Cow;

/// What may stand for the hidden characters: of private use, which YAML allows and gives no meaning.
const STAND_INS: std::ops::RangeInclusive<char> = '\u{e000}'..='\u{e007}';

/// A text to give to the scanner.
#[derive(Debug)]
pub(super) struct Disguised<'a> {
    pub(super) text: Cow<'a, str>,
    /// The stand-ins, if anything is hidden.
    hidden: Option<StandIns>,
}

#[derive(Debug, Clone, Copy)]
struct StandIns {
    colon: char,
    comma: char,
    exclamation: char,
}

/// A character to hide, by its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hidden(usize, Character);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Character {
    Colon,
    Comma,
    Exclamation,
}

impl<'a> Disguised<'a> {
    /// `text` with what the scanner must not see hidden. It has the same characters in the same lines and columns.
    pub(super) fn new(text: &'a str) -> Disguised<'a> {
        let hidden = hidden(text);
        let plain = Disguised { text: Cow::Borrowed(text), hidden: None };
        if hidden.is_empty() {
            return plain;
        }
        let mut free = STAND_INS.filter(|character| !text.contains(*character));
        // A text that holds nearly all of them is left to the scanner's own judgement.
        let (Some(colon), Some(comma), Some(exclamation)) = (free.next(), free.next(), free.next()) else {
            return plain;
        };
        let mut disguised = String::with_capacity(text.len() + 2 * hidden.len());
        let mut copied = 0;
        for Hidden(offset, character) in hidden {
            disguised.push_str(&text[copied..offset]);
            disguised.push(match character {
                Character::Colon => colon,
                Character::Comma => comma,
                Character::Exclamation => exclamation,
            });
            // All three are one byte long.
            copied = offset + 1;
        }
        disguised.push_str(&text[copied..]);
        Disguised { text: Cow::Owned(disguised), hidden: Some(StandIns { colon, comma, exclamation }) }
    }

    /// A scalar as it is written.
    pub(super) fn reveal(&self, scalar: String) -> String {
        match self.hidden {
            Some(StandIns { colon, comma, exclamation }) if scalar.contains([colon, comma, exclamation]) => {
                scalar.replace(colon, ":").replace(comma, ",").replace(exclamation, "!")
            }
            Some(_) | None => scalar,
        }
    }
}

/// Everything to hide, in order.
fn hidden(text: &str) -> Vec<Hidden> {
    let bytes = text.as_bytes();
    let mut hidden = Vec::new();
    let mut ends = TagEnds::default();
    for (offset, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if ends_plain_word(text, offset) => hidden.push(Hidden(offset, Character::Colon)),
            b'!' => hidden.extend(tag_before_comma(text, offset, &mut ends)),
            _ => {}
        }
    }
    // A tag's comma may lie behind a colon that was found later.
    hidden.sort_unstable();
    hidden.dedup();
    hidden
}

/// Whether the `:` at `offset` stands between a word without quotes and a bracket or comma.
fn ends_plain_word(text: &str, offset: usize) -> bool {
    if !matches!(text.as_bytes().get(offset + 1), Some(b',' | b'[' | b']' | b'{' | b'}')) {
        return false;
    }
    let word = last_word(&text[..offset]);
    // A word that starts with one of these is no text, but an indicator, an alias, an anchor or a tag.
    let is_text = !word.is_empty() && !word.starts_with([':', '?', '*', '&', '!']);
    is_text && !word.trim_end_matches(':').ends_with(['"', '\''])
}

/// What to hide if the `!` at `offset` may start a tag that is directly followed by a comma: the comma where nothing
/// but a tag can start, which is an error then, and elsewhere the `!`, which is text most probably.
fn tag_before_comma(text: &str, offset: usize, ends: &mut TagEnds) -> Option<Hidden> {
    let before = &text[..offset];
    let starts = before
        .chars()
        .next_back()
        .is_none_or(|character| BOUNDARIES.contains(&character) || "\"':?".contains(character));
    if !starts {
        return None;
    }
    let end = ends.of(text, offset);
    if text.as_bytes().get(end) != Some(&b',') {
        return None;
    }
    // A tag may hold quotes, but far more often one ends a text such as `'[!', x`, whose comma must stay.
    let holds_quote = text[offset..end].contains('\'');
    let may_start = without_anchor(before).ends_with(['[', '{', ','])
        || without_anchor(before).ends_with(':') && before.ends_with(BLANKS);
    let is_tag = may_start && !holds_quote;
    Some(if is_tag { Hidden(end, Character::Comma) } else { Hidden(offset, Character::Exclamation) })
}

/// The text without the spaces at its end, and without an anchor there.
fn without_anchor(text: &str) -> &str {
    let text = text.trim_end_matches(BLANKS);
    let word = last_word(text);
    if word.starts_with('&') { text[..text.len() - word.len()].trim_end_matches(BLANKS) } else { text }
}

/// Characters of which the scanner makes tags.
fn is_of_tag(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || b"-_;/?:@&=+$.%!~*'()".contains(&letter)
}

/// Where the last tags end, so that no text is looked through twice: tags that start inside each other end together.
#[derive(Debug, Default)]
struct TagEnds {
    bare: usize,
    verbatim: usize,
}

impl TagEnds {
    /// Where the tag that starts at `offset` ends.
    fn of(&mut self, text: &str, offset: usize) -> usize {
        let bytes = text.as_bytes();
        let find = |ends: fn(u8) -> bool| {
            let length = bytes[offset..].iter().position(|letter| ends(*letter));
            length.map_or(bytes.len(), |length| offset + length)
        };
        if bytes[offset..].starts_with(b"!<") {
            if self.verbatim <= offset {
                self.verbatim = find(|letter| letter == b'>' || letter.is_ascii_whitespace());
            }
            // The `>` belongs to the tag.
            self.verbatim + 1
        } else {
            if self.bare <= offset {
                self.bare = find(|letter| !is_of_tag(letter));
            }
            self.bare
        }
    }
}

/// Spaces and line breaks; YAML 1.1 has three more of these than others know.
const BLANKS: [char; 7] = [' ', '\t', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];
const BOUNDARIES: [char; 12] = [' ', '\t', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}', ',', '[', ']', '{', '}'];

/// What stands at the end of `text` after the last space, line break, bracket or comma.
fn last_word(text: &str) -> &str {
    text.rsplit(BOUNDARIES).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// The text as the scanner sees it, with `;` for a hidden colon, `|` for a comma and `~` for a `!`.
    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let disguised = Disguised::new(text);
        assert_eq!(disguised.reveal(disguised.text.clone().into_owned()), text);
        assert_eq!(disguised.text.chars().count(), text.chars().count());
        expected.assert_eq(&disguised.text.replace('\u{e000}', ";").replace('\u{e001}', "|").replace('\u{e002}', "~"));
    }

    #[test]
    fn colons_at_the_end_of_words_are_hidden() {
        check("[1.2.3.4, 001:db8::]", expect!["[1.2.3.4, 001:db8:;]"]);
        check("[db8::, x]", expect!["[db8:;, x]"]);
        check("{a:,b:}", expect!["{a;,b;}"]);
        check("{a b:[1]}", expect!["{a b;[1]}"]);
        check("[-:]", expect!["[-;]"]);
    }

    #[test]
    fn colons_that_part_key_and_value_are_not() {
        check("{\"a\":[1],'b':{}}", expect![[r#"{"a":[1],'b':{}}"#]]);
        check("{\"a\"::[1]}", expect![[r#"{"a"::[1]}"#]]);
        check("[:,::,?:]", expect!["[:,::,?:]"]);
        check("[*a:,&b:,!c:]", expect!["[*a:,&b:,!c:]"]);
        check("a: [b]\nc: d:e\n", expect!["a: [b]\nc: d:e\n"]);
    }

    #[test]
    fn commas_after_tags_are_hidden() {
        check("[!tag, x]", expect!["[!tag| x]"]);
        check("{a: !!str, b: 1}", expect!["{a: !!str| b: 1}"]);
        check("[\n  !tag, x]", expect!["[\n  !tag| x]"]);
        check("[&x !tag, y]", expect!["[&x !tag| y]"]);
        check("{\u{85}!tag, x}", expect!["{\u{85}!tag| x}"]);
        check("[\u{2028}!tag, x]", expect!["[\u{2028}!tag| x]"]);
        check("[!<a,b>, y]", expect!["[!<a,b>| y]"]);
        check("[!tag x, y]", expect!["[!tag x, y]"]);
        check("[!<tag:yaml.org,2002:str> 3]", expect!["[!<tag:yaml.org,2002:str> 3]"]);
    }

    #[test]
    fn exclamation_marks_in_the_middle_of_text_are_hidden() {
        check("[a !b, c]", expect!["[a ~b, c]"]);
        check("[a\n !b, c]", expect!["[a\n ~b, c]"]);
        check("[a - !b, 'c'!d, :!e, f!g, !h]", expect!["[a - ~b, 'c'~d, :~e, f!g, !h]"]);
        check("[a &b !c, d]", expect!["[a &b ~c, d]"]);
    }

    #[test]
    fn commas_behind_quoted_text_are_not_hidden() {
        check("{a: '[!', b: c}", expect!["{a: '[~', b: c}"]);
        check("{a: 'b: !', c: d}", expect!["{a: 'b: ~', c: d}"]);
        check("['{!x', y]", expect!["['{~x', y]"]);
    }

    #[test]
    fn stand_ins_do_not_occur_in_the_text() {
        let disguised = Disguised::new("[\u{e000}a:]");
        assert_eq!(disguised.text, "[\u{e000}a\u{e001}]");
        assert_eq!(disguised.reveal("\u{e000}a\u{e001}".to_owned()), "\u{e000}a:");
        let all: String = STAND_INS.chain("[a:]".chars()).collect();
        assert_eq!(Disguised::new(&all).text, all);
    }
}
