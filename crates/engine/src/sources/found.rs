//! What an attempt to fetch found.

use std::collections::BTreeMap;

use kinds::flux::oci_repository::LayerSelector;
use serde::{Deserialize, Serialize};

/// What an attempt found, in the words of status and events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The artifact; none where there is nothing to fetch.
    pub(super) artifact: Option<Facts>,
    /// Whether those who are made from it have to look.
    pub(super) news: News,
    /// What the conditions say.
    pub(super) summary: Summary,
    /// What the event about a new artifact says.
    pub(super) told: String,
    /// Whose signature was found, where one is demanded.
    pub(super) verified: Option<String>,
    /// What was read along with it.
    pub(super) observed: Observed,
}

/// What status says of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) revision: String,
    pub(super) digest: String,
    pub(super) metadata: BTreeMap<String, String>,
}

/// Whether something is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    New,
    Known,
}

impl News {
    pub(super) fn if_so(is_new: bool) -> News {
        if is_new { News::New } else { News::Known }
    }
}

/// Reason and message of the conditions `Ready` and `ArtifactInStorage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Summary {
    pub(super) fn succeeded(message: String) -> Summary {
        Summary { reason: "Succeeded", message }
    }
}

/// The fields of a status that only some kinds have: what their artifact was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Observed {
    #[serde(rename = "observedIgnore", skip_serializing_if = "Option::is_none")]
    pub(super) ignore: Option<String>,
    #[serde(rename = "sourceVerificationMode", skip_serializing_if = "Option::is_none")]
    pub(super) verification_mode: Option<String>,
    #[serde(rename = "observedLayerSelector", skip_serializing_if = "Option::is_none")]
    pub(super) layer_selector: Option<LayerSelector>,
    #[serde(rename = "observedSourceArtifactRevision", skip_serializing_if = "String::is_empty")]
    pub(super) source_revision: String,
    #[serde(rename = "observedChartName", skip_serializing_if = "String::is_empty")]
    pub(super) chart_name: String,
    #[serde(rename = "observedValuesFiles", skip_serializing_if = "Vec::is_empty")]
    pub(super) values_files: Vec<String>,
}
