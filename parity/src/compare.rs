//! Comparing two outputs: object by object, as what they mean, and byte by byte.

use std::collections::BTreeMap;

use manifest::{Value, yaml};
use similar::TextDiff;

use crate::process::Rendered;

/// Stands for the whole output where its objects are the same, or cannot be told apart.
pub(crate) const WHOLE: &str = "(output)";

/// How our output compares with that of the real tool.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Objects that the real tool prints.
    pub(crate) objects: usize,
    /// Those of them that ours prints, too, with the same content.
    pub(crate) equal: usize,
    /// Whether both outputs are the same text.
    pub(crate) same_bytes: bool,
    /// Whether both refuse the input.
    pub(crate) refused: bool,
    /// Whether they refuse it in the same words.
    pub(crate) same_words: bool,
    /// What is not the same.
    pub(crate) differences: Vec<Found>,
}

/// One thing that is not the same.
#[derive(Debug)]
pub(crate) struct Found {
    /// `Kind namespace/name`, or [`WHOLE`].
    pub(crate) object: String,
    /// What differs, as lines with `-` for the real tool's and `+` for ours.
    pub(crate) text: String,
}

/// Compares `ours` with the output of the real tool.
pub(crate) fn compare(real: &Rendered, ours: &Rendered) -> Comparison {
    match (real, ours) {
        (Rendered::Refused(real), Rendered::Refused(ours)) => {
            Comparison { refused: true, same_words: words(real) == words(ours), ..Comparison::default() }
        }
        (Rendered::Printed(real), Rendered::Printed(ours)) => outputs(real, ours),
        (Rendered::Printed(real), Rendered::Refused(why)) => Comparison {
            objects: objects(real).map_or(0, |objects| objects.len()),
            differences: vec![Found { object: WHOLE.to_owned(), text: format!("only we refuse it: {why}") }],
            ..Comparison::default()
        },
        (Rendered::Refused(why), Rendered::Printed(_)) => Comparison {
            differences: vec![Found {
                object: WHOLE.to_owned(),
                text: format!("only the real tool refuses it: {why}"),
            }],
            ..Comparison::default()
        },
    }
}

/// What an error says, without what each program puts before and after it.
fn words(said: &str) -> &str {
    let start = |line: &str| ["Error: ", "error: "].iter().find(|word| line.starts_with(**word)).map(|word| word.len());
    // Warnings come first, each on a line of its own.
    let lines = said.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line))
    });
    let from = lines.filter_map(|(at, line)| start(line).map(|word| at + word)).next().unwrap_or(0);
    let said = &said[from..];
    let end = ["\n\nUse --debug", "\nhint: "].iter().filter_map(|mark| said.find(mark)).min();
    said[..end.unwrap_or(said.len())].trim()
}

fn outputs(real: &str, ours: &str) -> Comparison {
    let same_bytes = real == ours;
    let (real_objects, our_objects) = match (objects(real), objects(ours)) {
        (Ok(real), Ok(ours)) => (real, ours),
        (Err(_), Err(_)) if same_bytes => (BTreeMap::new(), BTreeMap::new()),
        (Err(why), _) | (_, Err(why)) => {
            let text = format!("{why}\n{}", difference(real, ours));
            let differences = vec![Found { object: WHOLE.to_owned(), text }];
            return Comparison { same_bytes, differences, ..Comparison::default() };
        }
    };
    let mut comparison = Comparison { objects: real_objects.len(), same_bytes, ..Comparison::default() };
    for (id, real) in &real_objects {
        match our_objects.get(id) {
            Some(ours) if ours == real => comparison.equal += 1,
            Some(ours) => comparison.found(id, difference(&yaml::write(real), &yaml::write(ours))),
            None => comparison.found(id, "only the real tool prints it".to_owned()),
        }
    }
    for id in our_objects.keys().filter(|id| !real_objects.contains_key(*id)) {
        comparison.found(id, "only we print it".to_owned());
    }
    if !same_bytes && comparison.differences.is_empty() {
        comparison.differences.push(Found { object: WHOLE.to_owned(), text: difference(real, ours) });
    }
    comparison
}

impl Comparison {
    fn found(&mut self, (name, _): &(String, usize), text: String) {
        self.differences.push(Found { object: name.clone(), text });
    }
}

/// The objects of an output by name; of several with one name, by their order.
fn objects(text: &str) -> Result<BTreeMap<(String, usize), Value>, String> {
    let limits = yaml::Limits { max_bytes: 64 << 20, max_nodes: 10_000_000, ..yaml::Limits::default() };
    let documents = yaml::read_documents(text.as_bytes(), "output", yaml::Profile::Kubectl, &limits)
        .map_err(|diagnostic| format!("the output cannot be read: {diagnostic}"))?;
    let mut objects = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents.into_iter().filter(|document| !document.value.is_null()) {
        let name = name_of(&document.value);
        let count = counts.entry(name.clone()).or_default();
        objects.insert((name, *count), document.value);
        *count += 1;
    }
    Ok(objects)
}

fn name_of(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
}

/// The lines that differ, each with a little of what is around it.
fn difference(real: &str, ours: &str) -> String {
    TextDiff::from_lines(real, ours).unified_diff().context_radius(1).to_string()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::compare;
    use crate::process::Rendered;

    fn check(real: &str, ours: &str, expected: Expect) {
        let comparison = compare(&Rendered::Printed(real.to_owned()), &Rendered::Printed(ours.to_owned()));
        let mut said = format!("{} of {} equal", comparison.equal, comparison.objects);
        said += if comparison.same_bytes { ", same bytes\n" } else { "\n" };
        for found in &comparison.differences {
            said += &format!("{}:\n{}\n", found.object, found.text);
        }
        expected.assert_eq(&said);
    }

    const TWO: &str = "kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: b, namespace: shop}\nspec: 1\n";

    #[test]
    fn the_same() {
        check(
            TWO,
            TWO,
            expect![[r#"
            2 of 2 equal, same bytes
        "#]],
        );
    }

    #[test]
    fn another_order_is_a_difference_of_the_output_alone() {
        let ours = "kind: B\nmetadata: {name: b, namespace: shop}\nspec: 1\n---\nkind: A\nmetadata: {name: x}\n";
        check(
            TWO,
            ours,
            expect![[r#"
                2 of 2 equal
                (output):
                @@ -1,4 +1 @@
                -kind: A
                -metadata: {name: x}
                ----
                 kind: B
                @@ -6 +3,4 @@
                 spec: 1
                +---
                +kind: A
                +metadata: {name: x}

            "#]],
        );
    }

    #[test]
    fn what_is_missing_other_or_too_much_is_named() {
        let ours = "kind: B\nmetadata: {name: b, namespace: shop}\nspec: \"1\"\n---\nkind: C\nmetadata: {name: z}\n";
        check(
            TWO,
            ours,
            expect![[r#"
                0 of 2 equal
                A x:
                only the real tool prints it
                B shop/b:
                @@ -4,2 +4,2 @@
                   namespace: shop
                -spec: 1
                +spec: "1"

                C z:
                only we print it
            "#]],
        );
    }

    #[test]
    fn a_refusal_is_compared_as_one() {
        let refused = Rendered::Refused("no".to_owned());
        assert!(compare(&refused, &refused).refused);
        let real = Rendered::Refused("level=WARN\nError: no: Error: x\n\nUse --debug flag".to_owned());
        let ours = Rendered::Refused("error: no: Error: x\nhint: do".to_owned());
        assert!(compare(&real, &ours).same_words);
        assert!(!compare(&real, &refused).same_words);
        assert_eq!(compare(&Rendered::Printed(TWO.to_owned()), &refused).differences[0].text, "only we refuse it: no");
    }
}
