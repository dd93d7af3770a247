//! `wrap` and `abbrev`.

use super::convert::count;
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{Type, Value};

const S: Type = Type::String;
const I: Type = Type::Int;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("wrap", &[I, S], |call, given| wrap(call, given.text(1), given.int(0), b"\n", LongWords::Kept)),
    Function::new("wrapWith", &[I, S, S], |call, given| {
        let separator = if given.text(1).is_empty() { b"\n" } else { given.text(1) };
        wrap(call, given.text(2), given.int(0), separator, LongWords::Cut)
    }),
    Function::new("abbrev", &[I, S], |call, given| {
        let (width, whole) = (given.int(0), given.text(1));
        if width < 4 {
            return Ok(given.value(1).clone());
        }
        text(call, abbreviate(whole, 0, count(width)))
    }),
    Function::new("abbrevboth", &[I, I, S], abbreviate_both),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Kept,
    Cut,
}

/// Lines of at most `width` bytes, broken at spaces.
fn wrap(
    call: &mut Call<'_>,
    whole: &[u8],
    width: i64,
    separator: &[u8],
    long_words: LongWords,
) -> Result<Value, Failure> {
    let width = count(width).max(1);
    call.produce(separator.len().saturating_mul(whole.len() / width))?;
    let mut out = Vec::new();
    let mut offset = 0;
    while whole.len() - offset > width {
        if whole[offset] == b' ' {
            offset += 1;
            continue;
        }
        let line = &whole[offset..offset + width + 1];
        if let Some(space) = line.iter().rposition(|byte| *byte == b' ') {
            out.extend_from_slice(&line[..space]);
            out.extend_from_slice(separator);
            offset += space + 1;
        } else if long_words == LongWords::Cut {
            out.extend_from_slice(&whole[offset..offset + width]);
            out.extend_from_slice(separator);
            offset += width;
        } else {
            match whole[offset + width..].iter().position(|byte| *byte == b' ') {
                None => {
                    out.extend_from_slice(&whole[offset..]);
                    offset = whole.len();
                }
                Some(space) => {
                    let end = offset + width + space;
                    out.extend_from_slice(&whole[offset..end]);
                    out.extend_from_slice(separator);
                    offset = end + 1;
                }
            }
        }
    }
    out.extend_from_slice(&whole[offset..]);
    text(call, out)
}

fn abbreviate_both(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let (left, right) = (given.int(0), given.int(1));
    if right < 4 || left > 0 && right < 7 {
        return Ok(given.value(2).clone());
    }
    text(call, abbreviate(given.text(2), count(left), count(right)))
}

/// At most `width` bytes from about `offset` on, with dots for what is left out.
fn abbreviate(whole: &[u8], offset: usize, width: usize) -> Vec<u8> {
    const DOTS: &[u8] = b"...";
    if width < 4 {
        return Vec::new();
    }
    if whole.len() <= width {
        return whole.to_vec();
    }
    let shown = width - DOTS.len();
    let offset = offset.min(whole.len()).min(whole.len() - shown);
    if offset <= 4 {
        return [&whole[..shown], DOTS].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + shown < whole.len() {
        return [DOTS, &abbreviate(&whole[offset..], 0, shown)].concat();
    }
    [DOTS, &whole[whole.len() - shown..]].concat()
}
