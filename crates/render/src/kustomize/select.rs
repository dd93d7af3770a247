//! Choosing resources: by regular expressions over type, name and namespace, and by label selectors.

use manifest::Value;
use regex::Regex;

use super::id::ResourceId;
use super::options::Selector;
use super::resource::{Resource, scalar_text};

mod labels;

use labels::LabelSelector;

/// Why a selector cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectorError {
    /// Not a regular expression.
    #[error("`{field}: {text}` is not a regular expression: {reason}")]
    Regex { field: &'static str, text: String, reason: String },
    /// Not a label selector.
    #[error("`{text}` is not a label selector: {reason}")]
    Labels { text: String, reason: String },
}

/// A compiled [`Selector`].
#[derive(Debug)]
pub(crate) struct Matcher {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: LabelSelector,
    annotations: LabelSelector,
}

impl Matcher {
    pub(crate) fn new(selector: &Selector) -> Result<Matcher, SelectorError> {
        Ok(Matcher {
            group: anchored("group", &selector.group)?,
            version: anchored("version", &selector.version)?,
            kind: anchored("kind", &selector.kind)?,
            name: anchored("name", &selector.name)?,
            namespace: anchored("namespace", &selector.namespace)?,
            labels: LabelSelector::parse(&selector.label_selector)?,
            annotations: LabelSelector::parse(&selector.annotation_selector)?,
        })
    }

    /// Whether a patch with this target applies to `resource`: by its present type, by its present or its original
    /// name and namespace, and by its labels and annotations.
    pub(crate) fn matches(&self, resource: &Resource) -> bool {
        let (current, original) = (resource.id(), resource.original_id());
        self.matches_type(&current)
            && (matches(&self.name, &original.name) || matches(&self.name, &current.name))
            && (matches(&self.namespace, original.effective_namespace())
                || matches(&self.namespace, current.effective_namespace()))
            && self.matches_metadata(&resource.value)
    }

    /// Whether one id of a resource matches, its namespace as it is written.
    pub(crate) fn matches_id(&self, id: &ResourceId) -> bool {
        self.matches_type(id) && matches(&self.name, &id.name) && matches(&self.namespace, &id.namespace)
    }

    /// Whether labels and annotations match.
    pub(crate) fn matches_metadata(&self, object: &Value) -> bool {
        let lookup = |field: &'static str| {
            move |key: &str| {
                object
                    .get("metadata")
                    .and_then(|metadata| metadata.get(field))
                    .and_then(|map| map.get(key))
                    .map(scalar_text)
            }
        };
        self.labels.matches(&lookup("labels")) && self.annotations.matches(&lookup("annotations"))
    }

    /// Whether it says anything about ids.
    pub(crate) fn selects_by_id(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].into_iter().any(Option::is_some)
    }

    /// Whether it says anything about labels or annotations.
    pub(crate) fn selects_by_metadata(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    fn matches_type(&self, id: &ResourceId) -> bool {
        matches(&self.group, &id.group) && matches(&self.version, &id.version) && matches(&self.kind, &id.kind)
    }
}

/// Chooses objects outside of a build, as the targets of patches choose them.
#[derive(Debug)]
pub struct ObjectMatcher(Matcher);

impl ObjectMatcher {
    /// From a selector.
    ///
    /// # Errors
    ///
    /// Which part of it cannot be used, as a sentence.
    pub fn new(selector: &Selector) -> Result<ObjectMatcher, String> {
        Matcher::new(selector).map(ObjectMatcher).map_err(|error| error.to_string())
    }

    /// Whether it chooses the object.
    pub fn matches(&self, object: &Value) -> bool {
        self.0.matches_id(&ResourceId::of(object)) && self.0.matches_metadata(object)
    }
}

fn matches(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

fn anchored(field: &'static str, text: &str) -> Result<Option<Regex>, SelectorError> {
    if text.is_empty() {
        return Ok(None);
    }
    Regex::new(&format!("^(?:{text})$")).map(Some).map_err(|error| SelectorError::Regex {
        field,
        text: text.to_owned(),
        reason: error.to_string(),
    })
}
