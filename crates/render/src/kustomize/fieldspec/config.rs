//! The field specifications in force: the built-in ones, and what `configurations` and `crds` add.

use serde::Deserialize;

use super::table::{self, Row};
use super::{ConflictingSpecs, FieldSpec, FieldSpecs};
use crate::kustomize::id::TypePattern;

/// The fields that hold names of objects of one type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NameReference {
    /// The type that is referred to.
    #[serde(flatten)]
    pub(crate) target: TypePattern,
    /// The fields that refer to it.
    #[serde(rename = "fieldSpecs")]
    pub(crate) referrers: FieldSpecs,
}

/// [`NameReference`]s, one for a target type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Referrers(pub(crate) Vec<NameReference>);

impl Referrers {
    pub(crate) fn merge_one(&mut self, reference: &NameReference) -> Result<(), ConflictingSpecs> {
        match self.0.iter_mut().find(|known| known.target == reference.target) {
            Some(known) => known.referrers.merge_all(&reference.referrers),
            None => {
                self.0.push(reference.clone());
                Ok(())
            }
        }
    }
}

/// Which fields each transformation changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Config {
    pub(crate) name_prefix: FieldSpecs,
    pub(crate) name_suffix: FieldSpecs,
    pub(crate) namespace: FieldSpecs,
    pub(crate) common_labels: FieldSpecs,
    pub(crate) labels: FieldSpecs,
    pub(crate) template_labels: FieldSpecs,
    pub(crate) volume_claim_template_labels: FieldSpecs,
    pub(crate) common_annotations: FieldSpecs,
    pub(crate) name_reference: Referrers,
    pub(crate) var_reference: FieldSpecs,
    pub(crate) images: FieldSpecs,
    pub(crate) replicas: FieldSpecs,
}

/// A file of `configurations`: the same specifications, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ConfigFile {
    name_prefix: FieldSpecs,
    name_suffix: FieldSpecs,
    namespace: FieldSpecs,
    common_labels: FieldSpecs,
    labels: FieldSpecs,
    template_labels: FieldSpecs,
    volume_claim_template_labels: FieldSpecs,
    common_annotations: FieldSpecs,
    name_reference: Referrers,
    var_reference: FieldSpecs,
    images: FieldSpecs,
    replicas: FieldSpecs,
}

impl From<ConfigFile> for Config {
    fn from(file: ConfigFile) -> Config {
        Config {
            name_prefix: file.name_prefix,
            name_suffix: file.name_suffix,
            namespace: file.namespace,
            common_labels: file.common_labels,
            labels: file.labels,
            template_labels: file.template_labels,
            volume_claim_template_labels: file.volume_claim_template_labels,
            common_annotations: file.common_annotations,
            name_reference: file.name_reference,
            var_reference: file.var_reference,
            images: file.images,
            replicas: file.replicas,
        }
    }
}

impl Config {
    /// The built-in specifications.
    pub(crate) fn builtin() -> Config {
        Config {
            name_prefix: specs(table::NAMES),
            name_suffix: specs(table::NAMES),
            namespace: specs(table::NAMESPACE),
            common_labels: specs(table::SELECTORS).joined(specs(table::TEMPLATE_LABELS)).joined(specs(table::CLAIMS)),
            labels: FieldSpecs::default(),
            template_labels: specs(table::TEMPLATE_LABELS),
            volume_claim_template_labels: specs(table::CLAIMS),
            common_annotations: specs(table::ANNOTATIONS),
            name_reference: Referrers(table::references().map(name_reference).collect()),
            var_reference: FieldSpecs(table::variables().map(|(types, path)| spec(types, &path)).collect()),
            images: specs(table::IMAGES),
            replicas: specs(table::REPLICAS),
        }
    }

    /// Adds everything that `other` specifies.
    pub(crate) fn merge(&mut self, other: &Config) -> Result<(), ConflictingSpecs> {
        self.name_prefix.merge_all(&other.name_prefix)?;
        self.name_suffix.merge_all(&other.name_suffix)?;
        self.namespace.merge_all(&other.namespace)?;
        self.common_labels.merge_all(&other.common_labels)?;
        self.labels.merge_all(&other.labels)?;
        self.template_labels.merge_all(&other.template_labels)?;
        self.volume_claim_template_labels.merge_all(&other.volume_claim_template_labels)?;
        self.common_annotations.merge_all(&other.common_annotations)?;
        other.name_reference.0.iter().try_for_each(|reference| self.name_reference.merge_one(reference))?;
        self.var_reference.merge_all(&other.var_reference)?;
        self.images.merge_all(&other.images)?;
        self.replicas.merge_all(&other.replicas)
    }
}

impl FieldSpecs {
    fn joined(mut self, other: FieldSpecs) -> FieldSpecs {
        self.0.extend(other.0);
        self
    }
}

fn specs(rows: &[Row]) -> FieldSpecs {
    let expand = |row: &Row| row.paths.iter().map(|path| spec(row.types, path)).collect::<Vec<_>>();
    FieldSpecs(rows.iter().flat_map(expand).collect())
}

fn name_reference((target, fields): (&str, Vec<(&str, String)>)) -> NameReference {
    let mut referrers = FieldSpecs::default();
    for (types, path) in fields {
        let spec = spec(types, &path);
        if !referrers.0.contains(&spec) {
            referrers.0.push(spec);
        }
    }
    NameReference { target: types(target), referrers }
}

/// One cell of the table; see [`Row`] for the notation.
fn spec(types_cell: &str, path: &str) -> FieldSpec {
    let (path, create) = match path.strip_suffix('+') {
        Some(path) => (path, true),
        None => (path, false),
    };
    FieldSpec { types: types(types_cell), path: path.to_owned(), create }
}

fn types(cell: &str) -> TypePattern {
    let (version, rest) = cell.split_once(':').unwrap_or(("", cell));
    let (kind, group) = rest.split_once('.').unwrap_or((rest, ""));
    let kind = if kind == "*" { "" } else { kind };
    TypePattern { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}
