//! Shell patterns, in which `*` and `?` match any character, `/` too.

/// One element of a pattern.
#[derive(Debug, PartialEq, Eq)]
enum Element {
    Any,
    AnyNumber,
    Literal(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// The lengths in bytes of the prefixes of `text` that `pattern` matches, from the shortest that is not empty. A
/// malformed pattern matches nothing.
///
/// All states of the pattern are followed at once, so that the cost is at most the product of both lengths.
pub(super) fn matching_prefixes<'a>(pattern: &str, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let elements = parse(pattern).unwrap_or_default();
    // `active[n]`: the first n elements match what was read.
    let mut active = vec![false; elements.len() + 1];
    active[0] = !elements.is_empty();
    skip_stars(&elements, &mut active);
    text.char_indices().filter_map(move |(start, character)| {
        let mut next = vec![false; active.len()];
        for (index, element) in elements.iter().enumerate() {
            if !active[index] {
                continue;
            }
            match element {
                Element::AnyNumber => next[index] = true,
                element if element.matches(character) => next[index + 1] = true,
                Element::Any | Element::Literal(_) | Element::Class { .. } => {}
            }
        }
        active = next;
        skip_stars(&elements, &mut active);
        active[elements.len()].then_some(start + character.len_utf8())
    })
}

/// A star also matches nothing.
fn skip_stars(elements: &[Element], active: &mut [bool]) {
    for (index, element) in elements.iter().enumerate() {
        if active[index] && *element == Element::AnyNumber {
            active[index + 1] = true;
        }
    }
}

impl Element {
    fn matches(&self, character: char) -> bool {
        match self {
            Element::Any | Element::AnyNumber => true,
            Element::Literal(literal) => *literal == character,
            Element::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

/// The elements of a pattern; `None` if a class or an escape is not complete.
fn parse(pattern: &str) -> Option<Vec<Element>> {
    let mut elements = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        elements.push(match character {
            '*' => Element::AnyNumber,
            '?' => Element::Any,
            '\\' => Element::Literal(characters.next()?),
            '[' => class(&mut characters)?,
            character => Element::Literal(character),
        });
    }
    Some(elements)
}

fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Element> {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || characters.next_if_eq(&']').is_none() {
        let low = class_member(characters)?;
        let high = if characters.next_if_eq(&'-').is_some() { class_member(characters)? } else { low };
        ranges.push((low, high));
    }
    Some(Element::Class { negated, ranges })
}

fn class_member(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        character => Some(character),
    }
}
