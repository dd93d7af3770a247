//! The transformations that the fields of a kustomization file ask for, in upstream's order.

use manifest::Location;

use super::accumulate::Target;
use super::fieldspec::{Config, FieldSpec, FieldSpecs};
use super::file::{LabelEntry, ReplacementEntry};
use super::id::TypePattern;
use super::plugins;
use super::problem::{Failure, Problem};
use super::provenance::Provenance;
use super::transform::Transformer;
use super::transform::annotations::Annotations;
use super::transform::images::Image;
use super::transform::labels::Labels;
use super::transform::names::{Prefix, Suffix};
use super::transform::namespace::{Namespace, Replace, Subjects};
use super::transform::patch::Patches;
use super::transform::replacement::Replacements;
use super::transform::replicas::Replicas;

/// One transformation, and who asked for it.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) transformer: Transformer<'a>,
    pub(crate) provenance: Option<Provenance>,
}

/// The steps of a file, without those of `transformers`.
pub(crate) fn builtin<'a>(target: &Target<'a>, config: &Config) -> Result<Vec<Step<'a>>, Failure> {
    let (fields, file) = (&target.file.fields, &target.file);
    let (loader, schemas) = (&target.loader, &target.build.schemas);
    let mut steps = Steps { configured_in: target.file_path(), steps: Vec::new() };
    if !fields.patches_strategic_merge.is_empty() {
        let entries: Vec<(String, Option<Location>)> = fields
            .patches_strategic_merge
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.clone(), file.place(&format!("/patchesStrategicMerge/{index}"))))
            .collect();
        let patches = Patches::strategic(&entries, loader, schemas)?;
        steps.add("PatchStrategicMergeTransformer", Transformer::Patches(patches));
    }
    for (index, entry) in fields.patches.iter().enumerate() {
        let patches = Patches::entry(entry, loader, schemas, file.place(&format!("/patches/{index}")))?;
        steps.add("PatchTransformer", Transformer::Patches(patches));
    }
    if !fields.namespace.is_empty() {
        let namespace = Namespace {
            namespace: fields.namespace.clone(),
            specs: config.namespace.clone(),
            subjects: Subjects::NamedDefault,
            replace: Replace::All,
        };
        steps.add("NamespaceTransformer", Transformer::Namespace(namespace));
    }
    if !fields.name_prefix.is_empty() {
        let prefix = Prefix { prefix: fields.name_prefix.clone(), specs: config.name_prefix.clone() };
        steps.add("PrefixTransformer", Transformer::Prefix(prefix));
    }
    if !fields.name_suffix.is_empty() {
        let suffix = Suffix { suffix: fields.name_suffix.clone(), specs: config.name_suffix.clone() };
        steps.add("SuffixTransformer", Transformer::Suffix(suffix));
    }
    for (index, entry) in fields.labels.iter().enumerate() {
        let specs =
            label_specs(entry, config).map_err(|problem| problem.at(file.place(&format!("/labels/{index}"))))?;
        steps.add("LabelTransformer", Transformer::Labels(Labels { labels: entry.pairs.clone(), specs }));
    }
    if !fields.labels.is_empty() || !fields.common_labels.is_empty() {
        let labels = Labels { labels: fields.common_labels.clone(), specs: config.common_labels.clone() };
        steps.add("LabelTransformer", Transformer::Labels(labels));
    }
    if !fields.common_annotations.is_empty() {
        let annotations =
            Annotations { annotations: fields.common_annotations.clone(), specs: config.common_annotations.clone() };
        steps.add("AnnotationsTransformer", Transformer::Annotations(annotations));
    }
    for (index, entry) in fields.patches_json6902.iter().enumerate() {
        let patches = Patches::json6902(entry, loader, schemas, file.place(&format!("/patchesJson6902/{index}")))?;
        steps.add("PatchJson6902Transformer", Transformer::Patches(patches));
    }
    for (index, entry) in fields.replicas.iter().enumerate() {
        let place = file.place(&format!("/replicas/{index}"));
        let replicas = Replicas { entry: entry.clone(), specs: config.replicas.clone(), place };
        steps.add("ReplicaCountTransformer", Transformer::Replicas(replicas));
    }
    for entry in &fields.images {
        let image = Image::new(entry.clone(), config.images.clone());
        steps.add("ImageTagTransformer", Transformer::Image(image));
    }
    if !fields.replacements.is_empty() {
        let entries: Vec<(ReplacementEntry, Option<Location>)> = fields
            .replacements
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.clone(), file.place(&format!("/replacements/{index}"))))
            .collect();
        let replacements = Replacements::new(plugins::resolved_replacements(&entries, loader)?)?;
        steps.add("ReplacementTransformer", Transformer::Replacements(replacements));
    }
    Ok(steps.steps)
}

struct Steps<'a> {
    configured_in: String,
    steps: Vec<Step<'a>>,
}

impl<'a> Steps<'a> {
    fn add(&mut self, kind: &str, transformer: Transformer<'a>) {
        let provenance = Some(Provenance::builtin(self.configured_in.clone(), kind));
        self.steps.push(Step { transformer, provenance });
    }
}

/// The fields that an entry of `labels` sets.
fn label_specs(entry: &LabelEntry, config: &Config) -> Result<FieldSpecs, Problem> {
    let mut specs = entry.fields.clone();
    let merged = specs.merge_all(&config.labels).and_then(|()| {
        if entry.include_selectors {
            return specs.merge_all(&config.common_labels);
        }
        if entry.include_templates {
            specs.merge_all(&config.template_labels)?;
        }
        if entry.include_volume_claim_templates {
            specs.merge_all(&config.volume_claim_template_labels)?;
        }
        let own = FieldSpec { types: TypePattern::default(), path: "metadata/labels".to_owned(), create: true };
        specs.merge_one(&own)
    });
    merged.map(|()| specs).map_err(Problem::ConflictingSpecs)
}
