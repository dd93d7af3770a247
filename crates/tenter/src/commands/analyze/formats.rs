//! Findings for other programs.

use std::fmt::Write as _;

use analysis::{Finding, Rule, rules};
use manifest::{Location, Severity, Value};
use serde_json::json;

use crate::output::junit::{self, Case, Failed, Suite};
use crate::survey::Survey;

/// The findings and what was not looked at.
pub(super) fn json(found: &[Finding], survey: &Survey) -> Value {
    let findings = found.iter().map(|finding| {
        let diagnostic = &finding.diagnostic;
        let related = finding.related.iter().map(|(location, what)| json!({ "location": location, "message": what }));
        let mut value = json!({
            "code": finding.code.0,
            "name": finding.name,
            "severity": diagnostic.severity.to_string(),
            "message": diagnostic.message,
        });
        let mut set = |name: &str, member: Value| {
            if !member.is_null() && member.as_array().is_none_or(|items| !items.is_empty()) {
                value[name] = member;
            }
        };
        set("object", json!(diagnostic.object));
        set("location", json!(diagnostic.location));
        set("hint", json!(diagnostic.hint));
        set("related", related.collect());
        value
    });
    json!({ "findings": findings.collect::<Value>(), "leftOut": survey.left_out })
}

/// SARIF 2.1.0.
pub(super) fn sarif(found: &[Finding]) -> Value {
    let mut codes: Vec<&Rule> = Vec::new();
    for rule in rules::all() {
        if codes.last().is_none_or(|last| last.code != rule.code) {
            codes.push(rule);
        }
    }
    let level = |severity: Severity| match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let described = codes.iter().map(|rule| {
        json!({
            "id": rule.code.0,
            "name": rule.name,
            "shortDescription": { "text": rule.summary() },
            "help": { "text": rule.documentation(), "markdown": rule.documentation() },
            "defaultConfiguration": { "level": level(rule.severity) },
        })
    });
    let place = |location: &Location| {
        let mut physical = json!({ "artifactLocation": { "uri": &*location.file } });
        if location.line > 0 {
            physical["region"] = json!({ "startLine": location.line, "startColumn": location.column.max(1) });
        }
        physical
    };
    let results = found.iter().map(|finding| {
        let diagnostic = &finding.diagnostic;
        let resource = finding.resource();
        let text = match &diagnostic.hint {
            Some(hint) => format!("{}\n{hint}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let mut location = json!({});
        if let Some(place_of) = &diagnostic.location {
            location["physicalLocation"] = place(place_of);
        }
        if !resource.is_empty() {
            location["logicalLocations"] = json!([{ "fullyQualifiedName": resource, "kind": "resource" }]);
        }
        let related = finding
            .related
            .iter()
            .map(|(at, what)| json!({ "physicalLocation": place(at), "message": { "text": what } }));
        let mut result = json!({
            "ruleId": finding.code.0,
            "level": level(diagnostic.severity),
            "message": { "text": text },
            "locations": [location],
            "partialFingerprints": { "object/v1": format!("{} {resource} {}", finding.code, diagnostic.message) },
        });
        if !finding.related.is_empty() {
            result["relatedLocations"] = related.collect();
        }
        result
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tenter",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": described.collect::<Value>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Value>(),
        }],
    })
}

/// JUnit's XML: a failed test case for every finding, or one that passed.
pub(super) fn junit(found: &[Finding]) -> String {
    let failed = found.iter().map(|finding| {
        let diagnostic = &finding.diagnostic;
        Case {
            class: format!("{} {}", finding.code, finding.name),
            name: format!(
                "{} {}",
                finding.resource(),
                diagnostic.location.as_ref().map(ToString::to_string).unwrap_or_default()
            ),
            failure: Some(Failed {
                kind: diagnostic.severity.to_string(),
                message: diagnostic.message.clone(),
                details: diagnostic.hint.clone().unwrap_or_default(),
            }),
        }
    });
    let nothing = || Case { class: "analyze".to_owned(), name: "nothing found".to_owned(), failure: None };
    let cases = if found.is_empty() { vec![nothing()] } else { failed.collect() };
    const NAME: &str = "tenter analyze";
    junit::document(NAME, &[Suite { name: NAME.to_owned(), cases }])
}

/// Workflow commands of GitHub Actions, which annotate lines of a pull request.
pub(super) fn github(found: &[Finding]) -> String {
    let mut text = String::new();
    for finding in found {
        let diagnostic = &finding.diagnostic;
        let command = match diagnostic.severity {
            Severity::Info => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut properties = Vec::new();
        if let Some(location) = &diagnostic.location {
            properties.push(format!("file={}", property(&location.file)));
            if location.line > 0 {
                properties.push(format!("line={},col={}", location.line, location.column.max(1)));
            }
        }
        properties.push(format!("title={}", property(&format!("{} {}", finding.code, finding.name))));
        let resource = finding.resource();
        let about = if resource.is_empty() { String::new() } else { format!("{resource}: ") };
        let hint = diagnostic.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        let message = data(&format!("{about}{}{hint}", diagnostic.message));
        let _ = writeln!(text, "::{command} {}::{message}", properties.join(","));
    }
    text
}

/// A message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_programs_read_is_escaped() {
        assert_eq!(property("a:b,c%\nd"), "a%3Ab%2Cc%25%0Ad");
        assert_eq!(data("a:b\r\n"), "a:b%0D%0A");
    }
}
