//! JUnit's XML, which CI systems show as tests.

use std::fmt::Write as _;

/// Cases that belong together.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// What was looked at.
pub(crate) struct Case {
    pub(crate) class: String,
    pub(crate) name: String,
    /// What is wrong with it; nothing if it holds.
    pub(crate) failure: Option<Failed>,
}

/// Why a case does not hold.
pub(crate) struct Failed {
    /// What sort of failure it is: `warning`.
    pub(crate) kind: String,
    pub(crate) message: String,
    /// What else there is to say; may be empty.
    pub(crate) details: String,
}

/// A document of suites.
pub(crate) fn document(name: &str, suites: &[Suite]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "<testsuites name=\"{}\" {}>", escaped(name), counts(suites.iter().flat_map(|s| &s.cases)));
    for suite in suites {
        let _ = writeln!(text, "  <testsuite name=\"{}\" {}>", escaped(&suite.name), counts(&suite.cases));
        for case in &suite.cases {
            let _ =
                write!(text, "    <testcase classname=\"{}\" name=\"{}\"", escaped(&case.class), escaped(&case.name));
            match &case.failure {
                None => text.push_str("/>\n"),
                Some(failed) => {
                    let (kind, message) = (escaped(&failed.kind), escaped(&failed.message));
                    let details = escaped(&failed.details);
                    let _ =
                        writeln!(text, ">\n      <failure type=\"{kind}\" message=\"{message}\">{details}</failure>");
                    text.push_str("    </testcase>\n");
                }
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// `tests="3" failures="1"`.
fn counts<'a>(cases: impl IntoIterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures) = (0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.failure.is_some());
    }
    format!("tests=\"{tests}\" failures=\"{failures}\"")
}

/// A text inside XML; characters that XML cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => {
                escaped.push(character);
            }
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_ci_systems_read_is_counted_and_escaped() {
        let failed =
            Failed { kind: "error".to_owned(), message: "a<b & \"c\"\u{0}\n".to_owned(), details: String::new() };
        let case = |name: &str, failure| Case { class: "routes".to_owned(), name: name.to_owned(), failure };
        let suite = Suite { name: "shop".to_owned(), cases: vec![case("holds", None), case("fails", Some(failed))] };
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="all" tests="2" failures="1">
              <testsuite name="shop" tests="2" failures="1">
                <testcase classname="routes" name="holds"/>
                <testcase classname="routes" name="fails">
                  <failure type="error" message="a&lt;b &amp; &quot;c&quot;&#xFFFD;&#10;"></failure>
                </testcase>
              </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&document("all", &[suite]).replace('\u{fffd}', "&#xFFFD;"));
    }
}
