//! Values as people write them, with everything that YAML reads in a way one may not expect.

use super::rng::Rng;

/// Scalars as they stand in a file.
pub(super) const SCALARS: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "true",
    "False",
    "TRUE",
    "null",
    "~",
    "",
    "Null",
    "0",
    "1",
    "-1",
    "42",
    "007",
    "0o17",
    "017",
    "08",
    "0x1F",
    "0b101",
    "1_000",
    "+5",
    "1.0",
    "1.50",
    "1e3",
    "1E-7",
    "1e21",
    "123456789",
    "1234567890123",
    ".5",
    "5.",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "0.1",
    "12:30",
    "12:30:45",
    "190:20:30",
    "2001-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "1.2.3",
    "v1.2.3",
    "text",
    "two words",
    "a:b",
    "http://example.com/?a=b&c=d",
    "'quoted'",
    "\"double\"",
    "'it''s'",
    "\"a\\tb\\n\"",
    "\"\\u00e9\"",
    "é",
    "日本",
    "\"🎉\"",
    "'- a'",
    "'a: b'",
    "'#c'",
    "a#b",
    "\"a #b\"",
    "'%x'",
    "'@at'",
    "'`tick`'",
    "'*star'",
    "'&and'",
    "'!bang'",
    "'|'",
    "'>'",
    "' lead'",
    "'trail '",
    "''",
    "'null'",
    "'true'",
    "'1'",
    "'1.0'",
    "'0x1F'",
    "'yes'",
    "'~'",
    "'<no value>'",
    "\"{{ .Values.text }}\"",
    "\"<b>&amp;'\\\"</b>\"",
    "!!str 12",
    "!!int '3'",
    "!!float 2",
    "a, b",
    "'[1, 2'",
    "100m",
    "1Gi",
    "=",
    "'='",
    "<<",
    "'-'",
    "---x",
    "this text is long enough that whoever prints it as YAML folds it somewhere after the eightieth column of the line",
    "'this one is long and has: a colon, and goes on until it is past the eightieth column of the line, too'",
];

/// Keys as they stand in a file.
const KEYS: &[&str] = &[
    "a", "b", "c", "name", "enabled", "image", "tag", "port", "a.b/c", "'on'", "x-y", "_z", "B10", "b2", "'1'", "1",
    "yes", "ä",
];

/// A `values.yaml`: names whose kinds templates can rely on, and some of which nothing is known.
pub(super) fn file(rng: &mut Rng) -> String {
    let mut text = String::new();
    text += &format!("text: {}\n", rng.pick(TEXTS));
    text += &format!("other: {}\n", rng.pick(TEXTS));
    text += &format!("number: {}\n", rng.pick(&["0", "3", "7", "-2", "100000", "1234567", "12345678901"]));
    text +=
        &format!("float: {}\n", rng.pick(&["0.5", "1.0", "-2.75", "1e6", "1e21", "3.14159", "100000000.5", "1e-7"]));
    text += &format!("flag: {}\n", rng.pick(&["true", "false"]));
    text += &format!("raw: {}\n", rng.pick(SCALARS));
    text += "nothing: null\nempty: \"\"\nnone: []\nnobody: {}\n";
    text += &format!("list:\n{}", list(rng, 0, 2));
    text += &format!("table:\n{}", table(rng, 1, 3));
    text += &format!("deep:\n  a:\n    b:\n{}", table(rng, 3, 2));
    text += &format!("people:\n- name: {}\n  age: 3\n- name: {}\n  age: 41\n", rng.pick(WORDS), rng.pick(WORDS));
    text += &block(rng);
    if rng.chance(30) {
        text += &format!("anchored: &anchor\n{}alias: *anchor\nmerged:\n  <<: *anchor\n  own: 1\n", table(rng, 1, 1));
    }
    if rng.chance(40) {
        text += &format!("global:\n{}", table(rng, 1, 2));
    }
    if rng.chance(40) {
        text += &format!("sub:\n{}", table(rng, 1, 2));
    }
    text
}

/// A file of a user: some names again, with other content.
pub(super) fn given(rng: &mut Rng) -> String {
    let mut text = String::new();
    if rng.chance(40) {
        text += &format!("text: {}\n", rng.pick(TEXTS));
    }
    if rng.chance(40) {
        text += &format!("table:\n{}", table(rng, 1, 3));
    }
    if rng.chance(25) {
        text += rng.pick(&[
            "nothing: 1\n",
            "deep: null\n",
            "deep:\n  a: null\n",
            "list: null\n",
            "deep:\n  a:\n    b:\n      c: ~\n",
        ]);
    }
    if rng.chance(30) {
        text += &format!("sub:\n{}", table(rng, 1, 2));
    }
    if rng.chance(20) {
        text += &format!("global:\n{}", table(rng, 1, 2));
    }
    text
}

/// Strings, whatever else they look like.
const TEXTS: &[&str] = &[
    "text",
    "two words",
    "Hello World",
    "fooBarBaz",
    "a_b-c.d",
    "\"\"",
    "\"  padded  \"",
    "'12'",
    "'true'",
    "v1.2.3",
    "1.2.3-rc.1+b5",
    "\"a\\nb\\n\"",
    "'a: b'",
    "http://user@example.com:80/p?q=1#f",
    "\"é ü 日本\"",
    "'<&>'",
    "/a/b/../c.txt",
    "a,b,,c",
    "\"tab\\there\"",
];

/// Words for names.
pub(super) const WORDS: &[&str] = &["ada", "bob", "eve", "mallory", "o'brien"];

/// A mapping at this indentation.
fn table(rng: &mut Rng, depth: usize, more: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut used = Vec::new();
    let mut text = String::new();
    for _ in 0..rng.between(1, 4) {
        let key = rng.pick(KEYS);
        if used.contains(&key) {
            continue;
        }
        used.push(key);
        text += &match rng.below(10) {
            0 | 1 if more > 0 => format!("{indent}{key}:\n{}", table(rng, depth + 1, more - 1)),
            2 | 3 if more > 0 => format!("{indent}{key}:\n{}", list(rng, depth, more - 1)),
            4 => format!("{indent}{key}: {}\n", flow(rng, 2)),
            _ => format!("{indent}{key}: {}\n", rng.pick(SCALARS)),
        };
    }
    text
}

/// A sequence at this indentation.
fn list(rng: &mut Rng, depth: usize, more: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut text = String::new();
    for _ in 0..rng.between(1, 4) {
        text += &match rng.below(8) {
            0 if more > 0 => {
                let inner = table(rng, depth + 1, more - 1);
                format!("{indent}- {}", &inner[2 * (depth + 1)..])
            }
            1 => format!("{indent}- {}\n", flow(rng, 1)),
            _ => format!("{indent}- {}\n", rng.pick(SCALARS)),
        };
    }
    text
}

/// A value in flow style.
fn flow(rng: &mut Rng, more: usize) -> String {
    const SIMPLE: &[&str] =
        &["1", "1.5", "true", "null", "a", "'b c'", "\"d\"", "-3", "0x10", "~", "yes", "2001-01-01"];
    if more == 0 {
        return rng.pick(SIMPLE).to_owned();
    }
    let items: Vec<String> = (0..rng.between(0, 3)).map(|_| flow(rng, more - 1)).collect();
    if rng.chance(50) {
        return format!("[{}]", items.join(", "));
    }
    let entries: Vec<String> = items.iter().enumerate().map(|(index, item)| format!("k{index}: {item}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// A text over several lines.
fn block(rng: &mut Rng) -> String {
    let style = rng.pick(&["|", "|-", "|+", ">", ">-", ">+", "|2", ">2-"]);
    let body = rng.pick(&[
        "  one\n  two\n",
        "  one\n\n  two\n\n",
        "  led\n    further\n  back\n",
        "  # no comment\n  a: b\n",
        "  trailing \n  tab\there\n",
        "  folded text that\n  goes on\n\n  and stops\n   and is led\n  again\n",
    ]);
    format!("block: {style}\n{body}")
}
