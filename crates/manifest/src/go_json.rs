//! JSON byte for byte as Go's `encoding/json` writes a struct: digests of Flux are over such texts.

use serde::Serialize;

/// `value` as Go writes it: fields in the order of the struct, and the characters escaped that HTML or JavaScript would
/// take for something else. Floats are not Go's; give them as raw JSON.
///
/// # Errors
///
/// If the value has no JSON.
pub fn to_string(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    if !json.contains(ESCAPED) {
        return Ok(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    // These characters occur inside of texts only.
    for character in json.chars() {
        if ESCAPED.contains(&character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    Ok(out)
}

const ESCAPED: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];

#[cfg(test)]
mod tests {
    #[test]
    fn texts_are_escaped_as_in_go() {
        let written = super::to_string(&("<a href='?b&c'>", "\u{2028}\u{1}\u{8}\u{c}\t\u{7f}é")).unwrap();
        assert_eq!(written, "[\"\\u003ca href='?b\\u0026c'\\u003e\",\"\\u2028\\u0001\\b\\f\\t\u{7f}é\"]");
    }
}
