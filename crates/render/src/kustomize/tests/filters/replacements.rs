//! The filter that copies fields.

use manifest::yaml::Document;
use manifest::{Origin, Value};

use super::fields::shown;
use super::{Case, parsed, refused, same};
use crate::kustomize::file::{self, Coercion, ReplacementEntry, Shape};
use crate::kustomize::noted;
use crate::kustomize::resource::Resource;
use crate::kustomize::set::ResourceSet;
use crate::kustomize::transform::replacement::Replacements;

const ENTRIES: Shape = Shape::List(&file::REPLACEMENT);

pub(super) fn run(case: &Case) -> Option<Result<(), String>> {
    let replaced = replaced(case);
    Some(if case.text("expectedErr").is_empty() {
        replaced.and_then(|objects| same(&objects, case.text("expected")))
    } else {
        refused(replaced)
    })
}

fn replaced(case: &Case) -> Result<Vec<Value>, String> {
    let config = parsed(case.text("replacements"))?.into_iter().next().unwrap_or_default();
    let entries: Vec<ReplacementEntry> =
        file::decode(&config["replacements"], &ENTRIES, &Origin::default(), Coercion::Lenient).map_err(shown)?;
    let profile = manifest::yaml::Profile::Kustomize;
    let limits = manifest::yaml::Limits::default();
    let documents = manifest::yaml::read_documents(case.text("input").as_bytes(), "case", profile, &limits)
        .map_err(|problem| problem.to_string())?;
    let mut set = ResourceSet::default();
    let resource = |document: Document| {
        let mut resource = Resource { spelling: document.spelling, ..Resource::new(document.value, Origin::default()) };
        noted::take_over(&mut resource);
        resource
    };
    set.append_all(documents.into_iter().map(resource)).map_err(shown)?;
    let replacements = Replacements::new(entries.into_iter().map(|entry| (entry, None)).collect()).map_err(shown)?;
    replacements.run(&mut set).map_err(shown)?;
    Ok(set.into_vec().into_iter().map(|resource| resource.value).collect())
}
