//! The little XML that S3 servers speak: elements, text, and the five named characters. Nothing else is followed.

/// How deeply elements may stand in each other. Those of a listing are three deep.
const DEEPEST: usize = 16;

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Problem(&'static str);

/// Gives the path and the text of every element that holds no other to `each`, and the path of every other as it ends,
/// without a text. Prefixes of names are left out.
pub(super) fn read(text: &str, each: &mut dyn FnMut(&[&str], Option<String>)) -> Result<(), Problem> {
    let mut open: Vec<&str> = Vec::new();
    let mut content = String::new();
    // Whether the element that was opened last holds others.
    let mut is_leaf = false;
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(at) = rest.find('<') {
        if !open.is_empty() {
            unescape(&rest[..at], &mut content)?;
        }
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").ok_or(Problem("a comment does not end"))?.1;
        } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let (verbatim, after) = after.split_once("]]>").ok_or(Problem("a CDATA section does not end"))?;
            content.push_str(verbatim);
            rest = after;
        } else if rest.starts_with("<!") {
            return Err(Problem("it declares a document type, which no S3 server does"));
        } else if let Some(after) = rest.strip_prefix("<?") {
            rest = after.split_once("?>").ok_or(Problem("an instruction does not end"))?.1;
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').ok_or(Problem("a tag does not end"))?;
            if open.last() != Some(&local(name)) {
                return Err(Problem("an element ends that did not begin"));
            }
            each(&open, is_leaf.then(|| std::mem::take(&mut content)));
            open.pop();
            is_leaf = false;
            content.clear();
            rest = after;
        } else {
            let (tag, after) = tag(&rest[1..])?;
            if open.len() >= DEEPEST {
                return Err(Problem("elements stand too deeply in each other"));
            }
            open.push(local(tag.trim_end_matches('/')));
            content.clear();
            is_leaf = true;
            if tag.ends_with('/') {
                each(&open, Some(String::new()));
                open.pop();
                is_leaf = false;
            }
            rest = after;
        }
    }
    if open.is_empty() { Ok(()) } else { Err(Problem("it ends too early")) }
}

/// A tag's content and what follows it. Attributes may hold `>` in quotes.
fn tag(text: &str) -> Result<(&str, &str), Problem> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Ok((&text[..at], &text[at + 1..])),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            (None | Some(_), _) => {}
        }
    }
    Err(Problem("a tag does not end"))
}

/// The name in a tag, without its prefix and attributes.
fn local(tag: &str) -> &str {
    let name = tag.split(|character: char| character.is_ascii_whitespace()).next().unwrap_or_default();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn unescape(text: &str, into: &mut String) -> Result<(), Problem> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let (name, after) = after.split_once(';').ok_or(Problem("a reference to a character does not end"))?;
        let character = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let number =
                    other.strip_prefix('#').ok_or(Problem("it refers to something that it does not define"))?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32).ok_or(Problem("a number names no character"))?
            }
        };
        into.push(character);
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Expect) {
        let mut shown = String::new();
        let outcome = read(text, &mut |path, content| match content {
            Some(content) => shown.push_str(&format!("{} = {content:?}\n", path.join("/"))),
            None => shown.push_str(&format!("{} ends\n", path.join("/"))),
        });
        if let Err(problem) = outcome {
            shown.push_str(&problem.to_string());
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn reads_what_servers_send() {
        check(
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- x --><s3:List xmlns:s3='a>b'>\n <Key>a&amp;b &#34;c&#x22; &lt;</Key><Empty/><E></E><C><K> x </K></C><V><![CDATA[<&]]></V>\n</s3:List>\n",
            expect![[r#"
                List/Key = "a&b \"c\" <"
                List/Empty = ""
                List/E = ""
                List/C/K = " x "
                List/C ends
                List/V = "<&"
                List ends
            "#]],
        );
        check("", expect![[""]]);
        check("plain", expect![[""]]);
    }

    #[test]
    fn refuses_what_they_do_not() {
        check(
            "<!DOCTYPE a [<!ENTITY x \"xx\">]><a>&x;</a>",
            expect!["it declares a document type, which no S3 server does"],
        );
        check("<a>&x;</a>", expect!["it refers to something that it does not define"]);
        check("<a>&#xd800;</a>", expect!["a number names no character"]);
        check("<a>&amp</a>", expect!["a reference to a character does not end"]);
        check("<a><b></a>", expect!["an element ends that did not begin"]);
        check("<a>", expect!["it ends too early"]);
        check("<a", expect!["a tag does not end"]);
        check("<!-- ", expect!["a comment does not end"]);
        check(&"<a>".repeat(100_000), expect!["elements stand too deeply in each other"]);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>/a&;#x0-9!\\[\\]CDATA? '\"=-]{0,80}") {
            let _ = read(&text, &mut |_, _| {});
        }

        #[test]
        fn every_text_survives(text in "\\PC{0,20}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
            let mut found = None;
            read(&format!("<a>{escaped}</a>"), &mut |_, content| found = content).unwrap();
            prop_assert_eq!(found, Some(text));
        }
    }
}
