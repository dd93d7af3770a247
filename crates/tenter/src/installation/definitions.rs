//! The definitions of the kinds that are reconciled.

use manifest::Value;
use serde_json::json;

use super::{Installation, labels};

/// A kind that the controller reconciles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServedKind {
    /// API group.
    pub(crate) group: &'static str,
    /// Its name in paths.
    pub(crate) plural: &'static str,
}

const SOURCE: &str = "source.toolkit.fluxcd.io";
const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";

/// All of them.
pub(crate) const KINDS: [ServedKind; 7] = [
    ServedKind { group: SOURCE, plural: "gitrepositories" },
    ServedKind { group: SOURCE, plural: "ocirepositories" },
    ServedKind { group: SOURCE, plural: "buckets" },
    ServedKind { group: SOURCE, plural: "helmrepositories" },
    ServedKind { group: SOURCE, plural: "helmcharts" },
    ServedKind { group: KUSTOMIZE, plural: "kustomizations" },
    ServedKind { group: HELM, plural: "helmreleases" },
];

impl ServedKind {
    /// The name of its definition.
    pub(crate) fn definition(self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

impl Installation {
    /// Their definitions. Those that a cluster already has from somebody else are for the installer to leave alone.
    pub(super) fn definitions(&self) -> Vec<Value> {
        let mut definitions: Vec<Value> = kinds::crd::all();
        let position = |definition: &Value| {
            let name = definition["metadata"]["name"].as_str().unwrap_or_default();
            KINDS.iter().position(|kind| kind.definition() == name)
        };
        definitions.retain(|definition| position(definition).is_some());
        definitions.sort_by_key(position);
        for definition in &mut definitions {
            definition["metadata"]["labels"] = json!(labels());
        }
        definitions
    }
}
