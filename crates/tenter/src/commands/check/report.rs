//! What was checked, in the shape that `linkerd check` made known.

use std::fmt::Write;

use manifest::Value;
use serde_json::json;

use super::hint::Hint;

/// Checks that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Category {
    name: &'static str,
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    /// What helps.
    hint: Hint,
    /// What should hold, as a sentence.
    description: String,
    outcome: Outcome,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed,
    /// It may be on purpose.
    Warned(String),
    /// It must be mended.
    Failed(String),
}

impl Outcome {
    fn mark(&self) -> &'static str {
        match self {
            Outcome::Passed => "√",
            Outcome::Warned(_) => "‼",
            Outcome::Failed(_) => "×",
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Outcome::Passed => "success",
            Outcome::Warned(_) => "warning",
            Outcome::Failed(_) => "error",
        }
    }

    fn why(&self) -> Option<&str> {
        match self {
            Outcome::Passed => None,
            Outcome::Warned(why) | Outcome::Failed(why) => Some(why),
        }
    }
}

impl Category {
    pub(super) fn new(name: &'static str) -> Category {
        Category { name, checks: Vec::new() }
    }

    /// Adds a check that fails with `problem`, if there is one.
    pub(super) fn check(&mut self, hint: Hint, description: impl Into<String>, problem: Option<String>) {
        self.push(hint, description.into(), problem.map_or(Outcome::Passed, Outcome::Failed));
    }

    /// Adds a check that only warns.
    pub(super) fn warn(&mut self, hint: Hint, description: impl Into<String>, problem: Option<String>) {
        self.push(hint, description.into(), problem.map_or(Outcome::Passed, Outcome::Warned));
    }

    fn push(&mut self, hint: Hint, description: String, outcome: Outcome) {
        self.checks.push(Check { hint, description, outcome });
    }

    /// Whether one of its checks failed.
    pub(super) fn has_failed(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.outcome, Outcome::Failed(_)))
    }
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// Everything.
    Full,
    /// What does not hold.
    Short,
}

/// Everything that was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Report(Vec<Category>);

impl Report {
    pub(super) fn push(&mut self, category: Category) {
        self.0.push(category);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.0.iter().any(Category::has_failed)
    }

    /// For people. Marks are characters, not colours.
    pub(super) fn text(&self, length: Length) -> String {
        let mut text = String::new();
        for category in &self.0 {
            let told = |check: &&Check| length == Length::Full || check.outcome != Outcome::Passed;
            let checks: Vec<&Check> = category.checks.iter().filter(told).collect();
            if checks.is_empty() {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}\n{}", category.name, "-".repeat(category.name.len()));
            for check in checks {
                let _ = writeln!(text, "{} {}", check.outcome.mark(), check.description);
                if let Some(why) = check.outcome.why() {
                    for line in why.lines() {
                        let _ = writeln!(text, "    {line}");
                    }
                    let _ = writeln!(text, "    see {} for hints", check.hint.place());
                }
            }
            text.push('\n');
        }
        let verdict = if self.has_failed() { "×" } else { "√" };
        let _ = writeln!(text, "Status check results are {verdict}");
        text
    }

    /// For programs.
    pub(super) fn value(&self) -> Value {
        let check = |check: &Check| {
            let mut value = json!({"description": check.description, "result": check.outcome.word()});
            if let Some(why) = check.outcome.why() {
                value["error"] = json!(why);
                value["hint"] = json!(check.hint.place());
            }
            value
        };
        let category = |category: &Category| json!({"categoryName": category.name, "checks": category.checks.iter().map(check).collect::<Vec<_>>()});
        json!({"success": !self.has_failed(), "categories": self.0.iter().map(category).collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn report() -> Report {
        let mut api = Category::new("kubernetes-api");
        api.check(Hint::Api, "the API server can be reached", None);
        let mut controller = Category::new("tenter-controller");
        controller.check(Hint::ControllerAvailable, "every replica is available", Some("1 of 2\nare".to_owned()));
        controller.warn(Hint::ControllerReplicas, "there are two replicas", Some("there is one".to_owned()));
        let mut report = Report::default();
        report.push(api);
        report.push(controller);
        report
    }

    #[test]
    fn it_reads_without_colours() {
        expect![[r#"
            kubernetes-api
            --------------
            √ the API server can be reached

            tenter-controller
            -----------------
            × every replica is available
                1 of 2
                are
                see docs/install.md#controller-available for hints
            ‼ there are two replicas
                there is one
                see docs/install.md#controller-replicas for hints

            Status check results are ×
        "#]]
        .assert_eq(&report().text(Length::Full));
    }

    #[test]
    fn a_short_one_tells_what_is_wrong_alone() {
        expect![[r#"
            tenter-controller
            -----------------
            × every replica is available
                1 of 2
                are
                see docs/install.md#controller-available for hints
            ‼ there are two replicas
                there is one
                see docs/install.md#controller-replicas for hints

            Status check results are ×
        "#]]
        .assert_eq(&report().text(Length::Short));
        assert_eq!(Report::default().text(Length::Short), "Status check results are √\n");
    }

    #[test]
    fn programs_read_the_same() {
        expect![[
            r#"{"categories":[{"categoryName":"kubernetes-api","checks":[{"description":"the API server can be reached","result":"success"}]},{"categoryName":"tenter-controller","checks":[{"description":"every replica is available","error":"1 of 2\nare","hint":"docs/install.md#controller-available","result":"error"},{"description":"there are two replicas","error":"there is one","hint":"docs/install.md#controller-replicas","result":"warning"}]}],"success":false}"#
        ]]
        .assert_eq(&report().value().to_string());
    }
}
