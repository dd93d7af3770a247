//! Expressions of templates, by the kind of what they yield.

use super::rng::Rng;

/// An expression for a string.
pub(super) fn text(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        let simple = [
            ".Values.text",
            ".Values.other",
            ".Release.Name",
            ".Release.Namespace",
            ".Chart.Name",
            ".Chart.Version",
            ".Chart.AppVersion",
            ".Template.Name",
            ".Template.BasePath",
            "\"a b\"",
            "`raw \\n`",
            "\"x\\ty\"",
            ".Values.block",
            "\"\"",
            ".Capabilities.KubeVersion.Version",
            "\"Ünï\"",
            "(.Files.Get \"notes.txt\")",
            "$.Values.text",
            "\"1.2.3\"",
            "\"10\"",
        ];
        return rng.pick(&simple).to_owned();
    }
    let less = depth - 1;
    match rng.below(26) {
        0..=5 => {
            let function = rng.pick(&[
                "upper",
                "lower",
                "title",
                "untitle",
                "trim",
                "nospace",
                "initials",
                "swapcase",
                "snakecase",
                "camelcase",
                "kebabcase",
                "quote",
                "squote",
                "sha256sum",
                "sha1sum",
                "adler32sum",
                "b64enc",
                "b32enc",
                "base",
                "dir",
                "ext",
                "clean",
                "html",
                "js",
                "urlquery",
                "regexQuoteMeta",
                "typeOf",
                "kindOf",
                "toJson",
                "toYaml",
                "toString",
                "osBase",
                "osDir",
                "print",
                "b64dec",
                "toRawJson",
                "mustToJson",
                "kebabcase",
                "camelcase",
                "snakecase",
            ]);
            format!("({function} {})", text(rng, less))
        }
        6 => format!("(trunc {} {})", rng.between(-6, 6), text(rng, less)),
        7 => format!("(substr {} {} {})", rng.between(-1, 3), rng.between(-1, 8), text(rng, less)),
        8 => format!("(repeat {} {})", rng.between(0, 3), text(rng, less)),
        9 => {
            let function = rng.pick(&["trimSuffix", "trimPrefix", "trimAll", "cat"]);
            format!("({function} {} {})", rng.pick(&["\"a\"", "\"/\"", "\" \"", "\"\""]), text(rng, less))
        }
        10 => format!("(replace {} {} {})", text(rng, 0), text(rng, 0), text(rng, less)),
        11 => format!(
            "({} {} {})",
            rng.pick(&["indent", "nindent", "wrap", "abbrev"]),
            rng.between(0, 12),
            text(rng, less)
        ),
        12..=14 => format!(
            "({} {})",
            rng.pick(&[
                "toYaml",
                "toJson",
                "toPrettyJson",
                "toString",
                "quote",
                "toRawJson",
                "typeOf",
                "kindOf",
                "print",
                "printf \"%v\"",
                "toYamlPretty",
                "mustToPrettyJson"
            ]),
            any(rng, less)
        ),
        15 | 16 => printf(rng, less),
        17 => format!("(join {} {})", text(rng, 0), list(rng, less)),
        18 => format!("(toString (default {} {}))", text(rng, less), any(rng, less)),
        19 => format!("(ternary {} {} (not {}))", text(rng, less), text(rng, 0), truth(rng, less)),
        20 => format!("(toString (coalesce {} {} {}))", any(rng, less), text(rng, 0), any(rng, 0)),
        21 => {
            let pattern = rng.pick(&["[a-z]+", "(\\\\w)(\\\\w)", "^.", "[^a]*$", "\\\\d+", "(?i)E", "(a|b)*", ""]);
            let with = rng.pick(&["\"-\"", "\"$1x\"", "\"${1}\"", "\"\""]);
            let function = rng.pick(&["regexReplaceAll", "regexReplaceAllLiteral"]);
            format!("({function} \"{pattern}\" {} {with})", text(rng, less))
        }
        22 => format!("(include \"helper\" {})", any(rng, less)),
        23 => {
            let calls = [
                "(tpl \"{{ .Values.text }}\" .)",
                "(tpl \"{{ $x := 1 }}{{ $x }}{{ .Release.Name }}\" $)",
                "(tpl .Values.text .)",
                "(tpl \"{{ include \\\"helper\\\" .Values.table }}\" .)",
                "(tpl \"{{ range list 1 2 }}{{ . }}{{ end }}\" .)",
                "(tpl \"{{ .x | toYaml }}\" (dict \"x\" .Values.table \"Template\" .Template))",
                "(tpl \"{{ define `inside` }}<{{ . }}>{{ end }}{{ template `inside` .Values.list }}\" .)",
            ];
            rng.pick(&calls).to_owned()
        }
        24 => {
            format!("(toString (get {} {}))", table(rng, less), rng.pick(&["\"a\"", "\"name\"", "\"k0\"", "\"none\""]))
        }
        _ => {
            let function = rng.pick(&[
                "plural \"one\" \"many\"",
                "substr 0 2",
                "trunc 5",
                "nindent 2",
                "indent 3",
                "upper",
                "squote",
                "toString",
                "trimAll \"-\"",
            ]);
            let value = if function.starts_with("plural") { whole(rng, less) } else { text(rng, less) };
            format!("({value} | {function})")
        }
    }
}

fn printf(rng: &mut Rng, depth: usize) -> String {
    let verb = rng.pick(&[
        "%s", "%v", "%q", "%d", "%+v", "%#v", "%T", "%x", "%X", "%5s|", "%-8s|", "%05d", "%+d", "%.2f", "%8.3f", "%e",
        "%g", "%t", "%c", "%o", "%b", "%U", "%%", "%.3s", "%s-%s", "%[1]v", "%*d", "%!", "%5.1v", "%#x", "%6v|", "%O",
        "% d", "%#q", "%+q",
    ]);
    format!("(printf \"{verb}\" {})", any(rng, depth))
}

/// An expression for a whole number.
pub(super) fn whole(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        return rng
            .pick(&[
                "0",
                "1",
                "7",
                "-3",
                "(int .Values.number)",
                "(int64 .Values.number)",
                "42",
                "0x10",
                "(len .Values.list)",
                "1_000",
                "'a'",
            ])
            .to_owned();
    }
    let less = depth - 1;
    match rng.below(9) {
        0..=2 => {
            let function = rng.pick(&["add", "sub", "mul", "max", "min", "biggest"]);
            format!("({function} {} {})", whole(rng, less), whole(rng, less))
        }
        3 => format!("({} {} {})", rng.pick(&["div", "mod"]), whole(rng, less), rng.pick(&["2", "3", "-4", "7"])),
        4 => format!("(len {})", rng.pick(&[".Values.list", ".Values.text", ".Values.table", "(list 1 2)", "\"é\""])),
        5 => format!("({} {})", rng.pick(&["int", "int64", "add1", "toDecimal"]), any(rng, less)),
        6 => format!(
            "({} {})",
            rng.pick(&["int", "int64", "atoi"]),
            rng.pick(&["\"12\"", "\"0x1f\"", "\"-7\"", "\"1.9\"", "\"\"", "\"abc\"", "\"010\"", "true", "1.9"])
        ),
        7 => format!("(ternary {} {} (not {}))", whole(rng, less), whole(rng, 0), truth(rng, less)),
        _ => format!("(index (list {} {}) {})", whole(rng, less), whole(rng, 0), rng.between(0, 1)),
    }
}

/// An expression for a number with a fraction.
pub(super) fn fraction(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        return rng
            .pick(&[".Values.float", "1.5", "-0.25", ".Values.number", "1e6", "2.0", "1e-9", "123456789.125"])
            .to_owned();
    }
    let less = depth - 1;
    match rng.below(4) {
        0 | 1 => {
            let function = rng.pick(&["addf", "subf", "mulf", "divf", "maxf", "minf"]);
            format!("({function} {} {})", fraction(rng, less), fraction(rng, less))
        }
        2 => format!("({} {})", rng.pick(&["floor", "ceil", "float64", "add1f"]), fraction(rng, less)),
        _ => format!("(round {} {})", fraction(rng, less), rng.between(0, 4)),
    }
}

/// An expression for true or false.
pub(super) fn truth(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        return rng
            .pick(&[
                ".Values.flag",
                "true",
                "false",
                ".Values.nothing",
                ".Values.missing",
                ".Values.empty",
                ".Values.list",
                "0",
                ".Release.IsInstall",
                ".Values.none",
            ])
            .to_owned();
    }
    let less = depth - 1;
    match rng.below(13) {
        0 | 1 => {
            format!("({} {} {})", rng.pick(&["eq", "ne", "lt", "le", "gt", "ge"]), whole(rng, less), whole(rng, less))
        }
        2 => format!("({} {} {})", rng.pick(&["eq", "ne", "lt", "ge"]), text(rng, less), text(rng, less)),
        3 => format!("({} {} {})", rng.pick(&["eq", "ne"]), any(rng, less), any(rng, less)),
        4 | 5 => format!("({} {} {})", rng.pick(&["and", "or"]), truth(rng, less), truth(rng, less)),
        6 => format!("(not {})", truth(rng, less)),
        7 => format!("(empty {})", any(rng, less)),
        8 => format!("({} {} {})", rng.pick(&["contains", "hasPrefix", "hasSuffix"]), text(rng, 0), text(rng, less)),
        9 => format!("(has {} {})", any(rng, 0), list(rng, less)),
        10 => format!("(hasKey {} {})", table(rng, less), text(rng, 0)),
        11 => format!(
            "(kindIs {} {})",
            rng.pick(&[
                "\"string\"",
                "\"map\"",
                "\"slice\"",
                "\"float64\"",
                "\"bool\"",
                "\"invalid\"",
                "\"int\"",
                "\"int64\""
            ]),
            any(rng, less)
        ),
        _ => format!("({} {} {})", rng.pick(&["deepEqual", "any", "all", "eq"]), any(rng, less), any(rng, less)),
    }
}

/// An expression for a list.
pub(super) fn list(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        return rng
            .pick(&[
                ".Values.list",
                "(list 1 2 3)",
                "(list \"b\" \"a\" \"b\")",
                "(list)",
                ".Values.none",
                "(until 4)",
                "(tuple 1 \"x\" nil)",
                ".Values.people",
                "(list 1.5 true \"\")",
            ])
            .to_owned();
    }
    let less = depth - 1;
    match rng.below(14) {
        0 => format!("(list {} {})", any(rng, less), any(rng, less)),
        1 | 2 => format!(
            "({} {})",
            rng.pick(&["reverse", "uniq", "initial", "rest", "compact", "sortAlpha", "toStrings", "mustUniq"]),
            list(rng, less)
        ),
        3 => {
            format!("({} {} {})", rng.pick(&["append", "prepend", "without", "push"]), list(rng, less), any(rng, less))
        }
        4 => format!("(concat {} {})", list(rng, less), list(rng, less)),
        5 => format!("(until {})", rng.between(-3, 5)),
        6 => format!("(untilStep {} {} {})", rng.between(-3, 3), rng.between(0, 9), rng.between(-2, 3)),
        7 => format!("(splitList {} {})", rng.pick(&["\",\"", "\" \"", "\"\"", "\".\""]), text(rng, less)),
        8 => format!("(slice {} {} {})", list(rng, less), rng.between(0, 1), rng.between(1, 3)),
        9 => format!("(chunk {} {})", rng.between(1, 3), list(rng, less)),
        10 => format!("(sortAlpha ({} {}))", rng.pick(&["keys", "values"]), table(rng, less)),
        11 => {
            format!("({} (toYaml {}))", rng.pick(&["fromYamlArray", "fromYamlArray", "fromJsonArray"]), list(rng, less))
        }
        12 => format!(
            "(regexSplit {} {} {})",
            rng.pick(&["\"[ ,]\"", "\"a*\"", "\"b\""]),
            text(rng, less),
            rng.between(-1, 3)
        ),
        _ => format!(
            "(regexFindAll {} {} {})",
            rng.pick(&["\"[a-z]+\"", "\".\"", "\"a*\""]),
            text(rng, less),
            rng.between(-1, 3)
        ),
    }
}

/// An expression for a table.
pub(super) fn table(rng: &mut Rng, depth: usize) -> String {
    if depth == 0 {
        return rng
            .pick(&[
                ".Values.table",
                "(dict \"a\" 1 \"b\" \"x\")",
                "(dict)",
                ".Values.nobody",
                ".Values.deep",
                "(index .Values.people 0)",
                ".Chart",
                "(dict \"a\" nil)",
                ".Values.global",
                ".Values.sub",
            ])
            .to_owned();
    }
    let less = depth - 1;
    match rng.below(11) {
        0 | 1 => format!("(dict {} {} {} {})", text(rng, less), any(rng, less), text(rng, 0), any(rng, less)),
        2 => format!(
            "({} (deepCopy {}) {})",
            rng.pick(&["merge", "mergeOverwrite", "mustMerge"]),
            table(rng, less),
            table(rng, less)
        ),
        3 => format!("({} {} \"a\" \"name\")", rng.pick(&["omit", "pick"]), table(rng, less)),
        4 => format!("(set (deepCopy {}) {} {})", table(rng, less), text(rng, 0), any(rng, less)),
        5 => format!("(unset (deepCopy {}) \"a\")", table(rng, less)),
        6 | 7 => format!(
            "({} ({} {}))",
            rng.pick(&["fromYaml", "fromYaml", "fromJson"]),
            rng.pick(&["toYaml", "toJson", "toPrettyJson"]),
            any(rng, less)
        ),
        8 => format!("(fromYaml {})", text(rng, less)),
        9 => format!("(split {} {})", rng.pick(&["\",\"", "\" \""]), text(rng, less)),
        _ => format!(
            "(urlParse {})",
            rng.pick(&["\"http://u:p@h:80/p?q=1#f\"", ".Values.text", "\"//x\"", "\"mailto:a@b\""])
        ),
    }
}

/// An expression for anything.
pub(super) fn any(rng: &mut Rng, depth: usize) -> String {
    match rng.below(12) {
        0..=2 => text(rng, depth),
        3 | 4 => whole(rng, depth),
        5 => fraction(rng, depth),
        6 => truth(rng, depth),
        7 | 8 => list(rng, depth),
        9 => table(rng, depth),
        10 => rng
            .pick(&[
                ".Values.raw",
                ".Values.nothing",
                ".Values.missing",
                ".Values.deep.a.b",
                ".Values.block",
                ".Values.merged",
                ".Values.list",
            ])
            .to_owned(),
        _ => {
            let less = depth.saturating_sub(1);
            match rng.below(4) {
                0 => format!("({} {})", rng.pick(&["first", "last", "mustFirst"]), list(rng, less)),
                1 => format!("(index {} {})", list(rng, less), rng.between(0, 2)),
                2 => format!("(dig \"a\" \"b\" {} {})", any(rng, less), table(rng, less)),
                _ => format!("(index {} {})", table(rng, less), text(rng, 0)),
            }
        }
    }
}
