//! Label and field selectors.

mod field;
mod label;

pub(crate) use field::FieldSelector;
pub(crate) use label::LabelSelector;

use serde_json::Value;

use crate::error::ApiError;
use crate::http::Query;
use crate::registry::Resource;

/// Which objects a list, watch or deletecollection is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selector {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selector {
    /// From `labelSelector` and `fieldSelector`.
    pub(crate) fn of(query: &Query, resource: &Resource) -> Result<Selector, ApiError> {
        let labels = LabelSelector::parse(query.text("labelSelector")).map_err(ApiError::bad_request)?;
        let fields = FieldSelector::parse(query.text("fieldSelector")).map_err(ApiError::bad_request)?;
        fields.check_supported(resource)?;
        Ok(Selector { labels, fields })
    }

    /// Narrows the selector to one object, for watches of a single name.
    pub(crate) fn with_name(mut self, name: &str) -> Selector {
        self.fields.require_name(name);
        self
    }

    /// Whether everything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object matches.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.fields.matches(object) && self.labels.matches(object)
    }
}
