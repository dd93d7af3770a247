//! What files declare, cluster by cluster: every Flux Kustomization, kustomization and plain file of a repository, rendered.
//! `tenter analyze` looks at it; whatever cannot be rendered is reported beside the rest.

mod files;
mod flux;
mod parts;
mod revision;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use analysis::{Finding, rules};
use manifest::{Diagnostic, Manifest, ObjectId, Tree};
use mesh::WorldObject;
use render::kustomize::{self, Outcome};
use source::Sources;

use self::files::{Files, is_within};
use self::flux::Flux;
use self::parts::Part;
pub(crate) use self::revision::tree_at;
use crate::charts;
use crate::cli::Mirroring;
use crate::error::Failure;
use crate::local_build::{self, ChartReach, Folders};
use crate::output;

/// What a tree declares.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The objects of one cluster each.
    pub(crate) clusters: Vec<Vec<WorldObject>>,
    /// What cannot be read or rendered.
    pub(crate) findings: Vec<Finding>,
    /// What was not looked at, and why.
    pub(crate) left_out: Vec<String>,
}

/// Where a survey finds what is not in the tree.
pub(crate) struct Around {
    /// Folders that stand for other sources.
    pub(crate) local_sources: Vec<String>,
    /// Where charts come from.
    pub(crate) sources: Sources,
    /// Which charts are rendered.
    pub(crate) charts: ChartReach,
}

impl Survey {
    /// Of every manifest in a tree.
    pub(crate) async fn of_tree(tree: &Tree, around: &Around) -> Result<Survey, Failure> {
        let mut survey = Survey::default();
        let files = Files::of(tree);
        survey.findings.extend(files.problems.into_iter().map(unreadable));
        let mut parts = Vec::new();
        for folder in files.kustomizations {
            match build(tree, &folder) {
                Ok(Outcome::Built(manifests)) => parts.push(Part::new(folder, manifests)),
                Ok(Outcome::Needs(_)) => survey.left_out.push(format!("{folder}: it needs files of other hosts")),
                Err(problems) => parts.push(Part::broken(folder, problems)),
            }
        }
        parts.extend(files.plain.into_iter().map(|(folder, manifests)| Part::new(folder, manifests)));
        let folders = Folders::standing_in(tree.clone(), &around.local_sources)?;
        let flux = Flux::explore(tree, &parts, folders, around).await?;
        survey.findings.extend(flux.findings);
        survey.left_out.extend(flux.left_out);
        // What a Kustomization builds is not applied a second time as the file that it is.
        parts.retain(|part| !is_within(&part.folder, &flux.covered));
        survey.findings.extend(parts.iter_mut().flat_map(|part| part.problems.drain(..)).map(does_not_render));
        for unit in flux.units {
            match parts.iter_mut().find(|part| part.folder == unit.folder) {
                Some(part) => part.objects.extend(unit.objects),
                None => parts.push(unit),
            }
        }
        parts.sort_by(|one, other| one.folder.cmp(&other.folder));
        survey.clusters = parts::clusters(parts);
        Ok(survey)
    }

    /// Of a repository, a folder or a file on this machine, from the files alone.
    pub(crate) async fn at(path: &Path) -> Result<Survey, Failure> {
        if path.is_file() {
            let content = std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
            return Ok(Survey::of_text(&content, &path.display().to_string()));
        }
        Survey::of_files(&local_build::files(path)?).await
    }

    /// Of a tree, from its files alone.
    pub(crate) async fn of_files(tree: &Tree) -> Result<Survey, Failure> {
        let (sources, _cache) = charts::sources(&Mirroring { mirrors: Vec::new() })?;
        let around = Around { local_sources: Vec::new(), sources, charts: ChartReach::Files };
        Survey::of_tree(tree, &around).await
    }

    /// Of a text, such as what another program prints.
    pub(crate) fn of_text(content: &[u8], name: &str) -> Survey {
        let found = files::read(content, name);
        let objects = found.manifests.into_iter().map(|manifest| parts::applied(manifest, None)).collect();
        let findings = found.problems.into_iter().map(unreadable).collect();
        Survey { clusters: vec![objects], findings, left_out: Vec::new() }
    }

    /// Of live objects.
    pub(crate) fn of_objects(objects: impl IntoIterator<Item = Arc<Manifest>>) -> Survey {
        let objects = objects.into_iter().map(|manifest| WorldObject { manifest, applied_by: None }).collect();
        Survey { clusters: vec![objects], ..Survey::default() }
    }

    /// Takes in another one. Objects that are in none of the clusters join the first one; else they are a cluster of
    /// their own.
    pub(crate) fn add(&mut self, other: Survey) {
        self.findings.extend(other.findings);
        self.left_out.extend(other.left_out);
        for objects in other.clusters {
            parts::join(&mut self.clusters, objects);
        }
    }

    /// Says on stderr what is missing, where only the objects are wanted.
    pub(crate) fn complain(&self) {
        for finding in &self.findings {
            output::error(&format!("warning: {}", finding.diagnostic));
        }
        self.left_out.iter().for_each(|why| output::error(&format!("► left out: {why}")));
    }

    /// How many different objects there are.
    pub(crate) fn len(&self) -> usize {
        let ids: HashSet<ObjectId> = self.clusters.iter().flatten().map(|object| object.manifest.id()).collect();
        ids.len()
    }
}

/// Builds a kustomization on its own, as Flux would.
fn build(tree: &Tree, folder: &str) -> Result<Outcome, Vec<Diagnostic>> {
    let options = kustomize::Options::flux(kustomize::Overlay::default());
    kustomize::build_with_remotes(tree, folder, &options, &kustomize::Fetched::default())
}

fn unreadable(diagnostic: Diagnostic) -> Finding {
    Finding::of(&rules::source::UNREADABLE_FILE, diagnostic)
}

fn does_not_render(diagnostic: Diagnostic) -> Finding {
    Finding::of(&rules::source::DOES_NOT_RENDER, diagnostic)
}
