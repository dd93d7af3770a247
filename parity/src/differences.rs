//! The differences that are there on purpose, each with its reason: `differences.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::Outcome;

/// What may differ, read once.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differences {
    #[serde(default)]
    difference: Vec<Difference>,
}

/// One difference on purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// The chart's folder or the set of kustomizations.
    pub(crate) of: String,
    /// The case; every case unless given.
    #[serde(default)]
    pub(crate) case: Option<String>,
    /// The object, as the comparison names it; every object unless given.
    #[serde(default)]
    pub(crate) object: Option<String>,
    /// Why.
    pub(crate) reason: String,
}

impl Differences {
    /// Reads the list for `helm` or `kustomize`.
    pub(crate) fn read(name: &str) -> Outcome<Differences> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("differences").join(format!("{name}.toml"));
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// Where in the list this difference stands.
    pub(crate) fn position(&self, of: &str, case: &str, object: &str) -> Option<usize> {
        self.difference.iter().position(|difference| {
            difference.of == of
                && difference.case.as_deref().is_none_or(|named| named == case)
                && difference.object.as_deref().is_none_or(|named| named == object)
        })
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Difference] {
        &self.difference
    }

    /// Those that nothing met.
    pub(crate) fn unmet(&self, met: &BTreeSet<usize>) -> Vec<String> {
        let unmet = self.difference.iter().enumerate().filter(|(index, _)| !met.contains(index));
        unmet
            .map(|(_, difference)| format!("{}: `{}` does not differ any more", difference.of, difference.what()))
            .collect()
    }
}

impl Difference {
    /// What it is about, for a table.
    pub(crate) fn what(&self) -> String {
        let parts = [self.case.as_deref(), self.object.as_deref()];
        let named: Vec<&str> = parts.into_iter().flatten().collect();
        if named.is_empty() { "everything".to_owned() } else { named.join(", ") }
    }
}
