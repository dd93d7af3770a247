//! Findings that people decided not to hear of.

use mesh::World;

use crate::Finding;

/// The annotation that Istio reads on the object that a finding is about: codes with commas between, or `*`.
pub const ISTIO_ANNOTATION: &str = "galley.istio.io/analyze-suppress";
/// Our annotation, read alike.
pub const ANNOTATION: &str = "tenter.dev/analyze-suppress";
/// Kiali's annotation, read for Kiali's codes: some of them with commas between, or nothing for all of them.
pub const KIALI_ANNOTATION: &str = "kiali.io/ignore-validations";

/// Codes that are not reported for some objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressions {
    rules: Vec<(String, String)>,
}

/// A suppression that says nothing: it must be `CODE=PATTERN`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no suppression: write CODE=PATTERN, such as `IST0102=Namespace test-*`")]
pub struct NoSuppression(pub String);

impl Suppressions {
    /// From texts such as `IST0102=Namespace test-*`: the code, and a pattern for the object (`Kind namespace/name`, or
    /// `Kind name` for one without a namespace) in which `*` stands for any text.
    ///
    /// # Errors
    ///
    /// [`NoSuppression`] for a text without a code or without `=`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Suppressions, NoSuppression> {
        let rules = texts.into_iter().map(|text| match text.split_once('=') {
            Some((code, pattern)) if !code.is_empty() && !pattern.is_empty() => {
                Ok((code.to_owned(), pattern.to_owned()))
            }
            _ => Err(NoSuppression(text.to_owned())),
        });
        Ok(Suppressions { rules: rules.collect::<Result<_, _>>()? })
    }

    /// Whether a finding is not to be reported, by these rules or by an annotation of the object it is about.
    pub fn hide(&self, finding: &Finding, world: &World) -> bool {
        let Some(id) = &finding.diagnostic.object else { return false };
        let by_rule = || {
            let resource = finding.resource();
            self.rules.iter().any(|(code, pattern)| *code == finding.code.0 && matches(pattern, &resource))
        };
        let annotation = |name: &str| world.by_id(id)?.annotation(name);
        let by_annotation = || {
            let lists = [ISTIO_ANNOTATION, ANNOTATION].into_iter().filter_map(annotation);
            lists.flat_map(|list| list.split(',')).any(|item| item == "*" || item == finding.code.0)
        };
        let by_kiali = || {
            let list = annotation(KIALI_ANNOTATION).filter(|_| finding.code.0.starts_with("KIA"));
            list.is_some_and(|list| list.trim().is_empty() || list.split(',').any(|item| item.trim() == finding.code.0))
        };
        by_rule() || by_annotation() || by_kiali()
    }
}

/// Whether a text matches a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use manifest::{Manifest, Origin};
    use mesh::WorldOptions;
    use serde_json::json;

    use super::*;
    use crate::{analyze, rules};

    #[test]
    fn an_annotation_of_the_object_hides_codes() {
        for (name, value, hidden) in [
            (ISTIO_ANNOTATION, "*", true),
            (ISTIO_ANNOTATION, "IST0102,KIA1104", true),
            (ANNOTATION, "KIA1104", true),
            (ANNOTATION, "KIA1105", false),
            (ANNOTATION, "", false),
            (KIALI_ANNOTATION, "", true),
            (KIALI_ANNOTATION, "KIA1105, KIA1104", true),
            (KIALI_ANNOTATION, "KIA1105", false),
            (KIALI_ANNOTATION, "*", false),
            ("another", "KIA1104", false),
        ] {
            let object = json!({
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                "metadata": { "name": "web", "namespace": "shop", "annotations": { name: value } },
                "spec": { "http": [{ "route": [{ "destination": { "host": "web" }, "weight": 20 }] }] },
            });
            let manifest = Arc::new(Manifest::new(object, Origin::default()).expect("a manifest"));
            let world = World::new([manifest], WorldOptions::default());
            let lone_weight = rules::kiali::RULES.iter().copied().filter(|rule| rule.code.0 == "KIA1104");
            let found = analyze(&world, lone_weight, &Suppressions::default());
            assert_eq!(found.is_empty(), hidden, "{name}: {value}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expect) in [
            ("Pod a/b", "Pod a/b", true),
            ("Pod a/b", "Pod a/bc", false),
            ("Pod *", "Pod a/b", true),
            ("*", "", true),
            ("Pod */b", "Pod a/b", true),
            ("Pod */b", "Pod a/bb", false),
            ("*a*a", "a", false),
            ("*a*b*", "xxaxxbxx", true),
        ] {
            assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn a_suppression_needs_a_code_and_a_pattern() {
        assert!(Suppressions::parse(["IST0102=Namespace a"]).is_ok());
        for text in ["IST0102", "=x", "IST0102="] {
            assert_eq!(Suppressions::parse([text]), Err(NoSuppression(text.to_owned())));
        }
    }
}
