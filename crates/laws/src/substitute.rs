//! Flux's post-build substitution.

use std::collections::BTreeMap;

use render::substitute::{Strictness, expand};

use crate::{Law, text};

/// Any text is expanded or refused at a line; without a dollar it stays, and escaped it comes back.
pub const EXPAND: Law = Law {
    name: "substitute_expand",
    check: expands,
    seeds: &[
        "${a} ${#a} ${a^^} ${a,} ${a:1:-1} ${a:-${b:=c}}",
        "${a#*x} ${a##?} ${a%%[ab]*} ${a/x/y} ${a//x/${b}} ${a/#x/} ${a/%x/y}",
        "$$ $${a} $a ${a ${} ${1a} \\${a} ${a:=$} ${gone}",
    ],
};

fn expands(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let variables: BTreeMap<String, String> =
        [("a", "xéxay"), ("b", ""), ("c", "${a}")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for strictness in [Strictness::Lenient, Strictness::Strict] {
        match expand(text, &variables, strictness) {
            Ok(expanded) => assert!(text.contains('$') || expanded == text),
            Err(error) => assert!(error.position().line >= 1 && !error.hint().is_empty()),
        }
    }
    assert_eq!(expand(&text.replace('$', "$$"), &variables, Strictness::Strict).as_deref(), Ok(text));
}
