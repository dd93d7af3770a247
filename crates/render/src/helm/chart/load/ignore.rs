//! `.helmignore`: what of a chart's folder is left out. Its rules look like git's and are Helm's own.

use manifest::Wildcard;

use super::LoadError;

/// Where the rules stand.
pub(super) const FILE: &str = ".helmignore";

/// What every chart leaves out: hidden files among its templates.
const DEFAULT: &str = "templates/.?*";

/// Every rule is held against every path.
const MAX_RULES: usize = 1_000;

/// Rules, in order.
#[derive(Debug)]
pub(super) struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Wildcard,
    scope: Scope,
    effect: Effect,
    target: Target,
}

/// What a pattern is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The path below the chart's folder: the pattern has a slash.
    Path,
    /// The last name of the path.
    Name,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It leaves out what matches.
    Ignore,
    /// It leaves out what does *not* match, unlike in git.
    IgnoreOthers,
}

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Any,
    /// Folders: the rule ends with a slash. One that leaves out others leaves out all files.
    Folder,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

impl Rules {
    /// The rules of a file and the default one; no file has none.
    pub(super) fn parse(file: &str, text: &str) -> Result<Rules, LoadError> {
        let mut rules = Vec::new();
        let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
        for (number, line) in lines.chain([DEFAULT]).enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if rules.len() > MAX_RULES {
                return Err(LoadError::TooManyRules { file: file.to_owned(), limit: MAX_RULES });
            }
            let parsed = Rule::parse(line);
            rules.push(parsed.map_err(|reason| LoadError::IgnoreRule {
                file: file.to_owned(),
                line: number + 1,
                reason,
                rule: line.to_owned(),
            })?);
        }
        Ok(Rules { rules })
    }

    /// Whether a path below the chart's folder is left out. The first rule that says so decides.
    pub(super) fn ignore(&self, path: &str, kind: Kind) -> bool {
        self.rules.iter().any(|rule| rule.ignores(path, kind))
    }
}

impl Rule {
    fn parse(rule: &str) -> Result<Rule, &'static str> {
        if rule.contains("**") {
            return Err("double-star (**) syntax is not supported");
        }
        let malformed = "syntax error in pattern";
        Wildcard::parse(rule).ok_or(malformed)?;
        let (effect, rule) = match rule.strip_prefix('!') {
            Some(rule) => (Effect::IgnoreOthers, rule),
            None => (Effect::Ignore, rule),
        };
        let (target, rule) = match rule.strip_suffix('/') {
            Some(rule) => (Target::Folder, rule),
            None => (Target::Any, rule),
        };
        let (scope, rule) = match rule.strip_prefix('/') {
            Some(rule) => (Scope::Path, rule),
            None if rule.contains('/') => (Scope::Path, rule),
            None => (Scope::Name, rule),
        };
        Ok(Rule { pattern: Wildcard::parse(rule).ok_or(malformed)?, scope, effect, target })
    }

    fn ignores(&self, path: &str, kind: Kind) -> bool {
        let is_for_others = self.target == Target::Folder && kind != Kind::Folder;
        let name = match self.scope {
            Scope::Path => path,
            Scope::Name => path.rsplit('/').next().unwrap_or(path),
        };
        match self.effect {
            Effect::Ignore => !is_for_others && self.pattern.matches(name),
            Effect::IgnoreOthers => is_for_others || !self.pattern.matches(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Which of some paths the rules leave out; those that end with a slash are folders.
    fn check(rules: &str, expected: Expect) {
        let paths = [
            "Chart.yaml",
            "README.md",
            "docs/",
            "docs/README.md",
            "docs/a.txt",
            "a.txt",
            "b.txt",
            "cargo/",
            "cargo/a.txt",
            "templates/",
            "templates/.hidden",
            "templates/a.yaml",
            "templates/sub/.hidden",
            ".git/",
            "x/docs/",
        ];
        let shown = match Rules::parse(".helmignore", rules) {
            Ok(rules) => {
                let is_ignored = |path: &&str| match path.strip_suffix('/') {
                    Some(folder) => rules.ignore(folder, Kind::Folder),
                    None => rules.ignore(path, Kind::File),
                };
                paths.into_iter().filter(is_ignored).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn rules_leave_files_out() {
        check("", expect!["templates/.hidden"]);
        check("# a comment\n\n  \n", expect!["templates/.hidden"]);
        check("\u{feff}*.txt\r\n", expect!["docs/a.txt a.txt b.txt cargo/a.txt templates/.hidden"]);
        check("/a.txt", expect!["a.txt templates/.hidden"]);
        check("docs/*.txt", expect!["docs/a.txt templates/.hidden"]);
        check("docs/", expect!["docs/ templates/.hidden x/docs/"]);
        check("docs", expect!["docs/ templates/.hidden x/docs/"]);
        check("/docs/", expect!["docs/ templates/.hidden"]);
        check("[ab].txt", expect!["docs/a.txt a.txt b.txt cargo/a.txt templates/.hidden"]);
        check("README.md\n.git", expect!["README.md docs/README.md templates/.hidden .git/"]);
        check("templates/*/.?*", expect!["templates/.hidden templates/sub/.hidden"]);
    }

    #[test]
    fn negated_rules_leave_out_all_others() {
        check(
            "!*.txt",
            expect![
                "Chart.yaml README.md docs/ docs/README.md cargo/ templates/ templates/.hidden templates/a.yaml templates/sub/.hidden .git/ x/docs/"
            ],
        );
        check(
            "!docs/",
            expect![
                "Chart.yaml README.md docs/README.md docs/a.txt a.txt b.txt cargo/ cargo/a.txt templates/ templates/.hidden templates/a.yaml templates/sub/.hidden .git/"
            ],
        );
    }

    #[test]
    fn malformed_rules_are_named() {
        check("a\n**/b", expect![[r#".helmignore: line 2: double-star (**) syntax is not supported: "**/b""#]]);
        check("[a", expect![[r#".helmignore: line 1: syntax error in pattern: "[a""#]]);
        check("a\\/", expect![[r#".helmignore: line 1: syntax error in pattern: "a\\/""#]]);
    }
}
