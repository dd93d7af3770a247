//! The types of texts of `--set`.

use crate::template::Value;

/// The value that a text stands for.
pub(super) fn typed(text: &str) -> Value {
    if equal_fold(text, "true") {
        return Value::Bool(true);
    }
    if equal_fold(text, "false") {
        return Value::Bool(false);
    }
    if equal_fold(text, "null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::int64(0);
    }
    // Leading zeros are kept: such texts are often identifiers.
    match text.parse() {
        Ok(integer) if !text.starts_with('0') => Value::int64(integer),
        _ => Value::string(text),
    }
}

/// Go's `strings.EqualFold` with a word of the letters of `true`, `false` and `null`: of these only `s` has another
/// form outside of ASCII.
fn equal_fold(text: &str, word: &str) -> bool {
    let plain = |character| if character == 'ſ' { 's' } else { character };
    text.chars().map(|character| plain(character).to_ascii_lowercase()).eq(word.chars())
}
