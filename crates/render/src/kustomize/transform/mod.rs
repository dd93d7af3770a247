//! The transformations, one file each; [`Transformer`] is any of them.

use super::problem::Failure;
use super::set::ResourceSet;

pub(crate) mod annotations;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod patch;
pub(crate) mod replacement;
pub(crate) mod replicas;
pub(crate) mod value_add;

use super::hash;
use super::order::SortOrder;

/// A configured transformation.
#[derive(Debug)]
pub(crate) enum Transformer<'a> {
    Patches(patch::Patches<'a>),
    Namespace(namespace::Namespace),
    Prefix(names::Prefix),
    Suffix(names::Suffix),
    PrefixAndSuffix(names::Prefix, names::Suffix),
    Labels(labels::Labels),
    Annotations(annotations::Annotations),
    Replicas(replicas::Replicas),
    Image(images::Image),
    Replacements(replacement::Replacements),
    ValueAdd(value_add::ValueAdd),
    Hash,
    Sort(SortOrder),
}

impl Transformer<'_> {
    /// Changes `resources`.
    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        match self {
            Transformer::Patches(patches) => patches.run(resources),
            Transformer::Namespace(namespace) => namespace.run(resources),
            Transformer::Prefix(prefix) => prefix.run(resources),
            Transformer::Suffix(suffix) => suffix.run(resources),
            Transformer::PrefixAndSuffix(prefix, suffix) => {
                prefix.run(resources)?;
                suffix.run(resources)
            }
            Transformer::Labels(labels) => labels.run(resources),
            Transformer::Annotations(annotations) => annotations.run(resources),
            Transformer::Replicas(replicas) => replicas.run(resources),
            Transformer::Image(image) => image.run(resources),
            Transformer::Replacements(replacements) => replacements.run(resources),
            Transformer::ValueAdd(value_add) => value_add.run(resources),
            Transformer::Hash => hash::append_hashes(resources),
            Transformer::Sort(order) => order.run(resources),
        }
    }
}
