//! The order in which go-yaml writes the keys of a mapping.

use std::cmp::Ordering;

/// `keys` in go-yaml's natural order: numbers inside keys by their value (`a2` before `a10`), and other characters
/// before letters.
///
/// The order is no total one (`10` < `1a` < `9` < `10`), which the standard sorts may refuse; inserting each key where
/// it fits always ends.
pub fn sorted<'a, T>(members: impl Iterator<Item = (&'a String, T)>) -> Vec<(&'a String, T)> {
    let mut sorted: Vec<(&String, T)> = Vec::new();
    for member in members {
        let place = sorted.partition_point(|(key, _)| compare(key, member.0) != Ordering::Greater);
        sorted.insert(place, member);
    }
    sorted
}

fn compare(left: &str, right: &str) -> Ordering {
    let common = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    // The first character that differs; the byte that differs may be in its middle.
    let start = (0..=common).rev().find(|&at| left.is_char_boundary(at) && right.is_char_boundary(at)).unwrap_or(0);
    let (Some(a), Some(b)) = (left[start..].chars().next(), right[start..].chars().next()) else {
        return left.len().cmp(&right.len());
    };
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => a.cmp(&b),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            // A zero that differs continues the number before it, if there is one.
            let continues = (a == '0' || b == '0')
                && left[..start].bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
            let first = i64::from(continues);
            number(first, &left[start..]).cmp(&number(first, &right[start..])).then(a.cmp(&b))
        }
    }
}

/// The number at the start of `text`, after the digits `first`, and how many digits it has.
fn number(first: i64, text: &str) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((first, 0), |(value, length), digit| {
        (value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), length + 1)
    })
}
