//! Everything that one Kustomization leads to: the Kustomizations and HelmReleases it applies, and theirs.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;

use cluster::Cluster;
use engine::kustomization::Decryption;
use kinds::flux::{HelmRelease, Kustomization};
use plan::labels::Owner;
use source::Sources;

use super::entry::Node;
use super::releases::{Gap, Search};
use super::{Entry, Folders, Rendered, Unit, build, decryption};
use crate::error::Failure;

/// What a chart that cannot be had means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Its release is left out.
    LeaveOut,
    /// Nothing can be said of the whole.
    Refuse,
}

/// How much is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The entry alone, suspended or not.
    Entry,
    /// The entry and every Kustomization below it.
    Kustomizations,
    /// HelmReleases, too.
    Everything,
}

/// Which charts of HelmReleases are rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChartReach {
    /// All that can be had.
    Anywhere,
    /// Those among the files given.
    Files,
}

/// What several entries lead to.
#[derive(Debug)]
pub(crate) struct Explored {
    /// What is applied, each behind the one that applies it.
    pub(crate) units: Vec<Unit>,
    /// What cannot be built, and why.
    pub(crate) failed: Vec<(Owner, Failure)>,
    /// `spec.path` of every Kustomization that was to be built from the files that stand in for every source.
    pub(crate) folders: Vec<String>,
}

/// What to do where keys are missing.
const NO_KEYS: &str =
    "the Secret of spec.decryption is not there; name a file with the private key by --sops-age-key-file";

/// A recursive build, step by step.
pub(crate) struct Recursion<'a> {
    cluster: Option<&'a Cluster>,
    folders: Folders,
    sources: Sources,
    gaps: Gaps,
    charts: ChartReach,
    rendered: Rendered,
    /// Everything that was found, so that those that lead to each other end.
    seen: BTreeSet<Owner>,
    /// A file with keys for what SOPS encrypted.
    age_keys: Option<PathBuf>,
    /// What is left out, and why.
    pub(crate) left_out: Vec<String>,
}

/// What is still to be built. HelmReleases come last, because what they refer to may be rendered by any Kustomization.
#[derive(Default)]
struct Waiting {
    kustomizations: VecDeque<Node>,
    releases: VecDeque<Node>,
}

impl Waiting {
    fn next(&mut self) -> Option<Node> {
        self.kustomizations.pop_front().or_else(|| self.releases.pop_front())
    }

    /// Those that one applies, in their order: its Kustomizations come next.
    fn add_below(&mut self, nodes: Vec<Node>) {
        for node in nodes.into_iter().rev() {
            match node {
                Node::Kustomization(_) => self.kustomizations.push_front(node),
                Node::HelmRelease(_) => self.releases.push_front(node),
            }
        }
    }

    fn add(&mut self, node: Node) {
        match node {
            Node::Kustomization(_) => self.kustomizations.push_back(node),
            Node::HelmRelease(_) => self.releases.push_back(node),
        }
    }
}

impl<'a> Recursion<'a> {
    /// Builds from these folders; what they do not say is asked of the cluster, if there is one. Charts are fetched from
    /// the sources.
    pub(crate) fn new(cluster: Option<&'a Cluster>, folders: Folders, sources: Sources, gaps: Gaps) -> Recursion<'a> {
        Recursion {
            cluster,
            folders,
            sources,
            gaps,
            charts: ChartReach::Anywhere,
            rendered: Rendered::default(),
            seen: BTreeSet::new(),
            age_keys: None,
            left_out: Vec::new(),
        }
    }

    /// The same, which decrypts with the keys of a file.
    pub(crate) fn with_age_keys(self, file: Option<PathBuf>) -> Recursion<'a> {
        Recursion { age_keys: file, ..self }
    }

    /// The same, which renders these charts only.
    pub(crate) fn with_charts(self, charts: ChartReach) -> Recursion<'a> {
        Recursion { charts, ..self }
    }

    /// Builds the entry and everything below it, each behind the one that applies it, HelmReleases behind all
    /// Kustomizations. What needs something that others render is built after those.
    pub(crate) async fn run(&mut self, entry: Entry, reach: Reach) -> Result<Vec<Unit>, Failure> {
        self.rendered.extend(&entry.beside);
        if reach == Reach::Entry {
            return Ok(self.unit(&entry.node).await?.into_iter().collect());
        }
        let explored = self.follow(vec![entry.node], reach).await;
        match explored.failed.into_iter().next() {
            Some((_, failure)) => Err(failure),
            None => Ok(explored.units),
        }
    }

    /// Builds everything that the entries lead to, whatever of it cannot be built.
    pub(crate) async fn explore(&mut self, entries: Vec<Entry>) -> Explored {
        let mut nodes = Vec::with_capacity(entries.len());
        for entry in entries {
            self.rendered.extend(&entry.beside);
            if self.seen.insert(entry.node.owner()) {
                nodes.push(entry.node);
            }
        }
        self.follow(nodes, Reach::Everything).await
    }

    /// The folders that were given, for another build.
    pub(crate) fn into_folders(self) -> Folders {
        self.folders
    }

    /// Builds nodes and everything below them. What needs something that others render is built after those.
    async fn follow(&mut self, nodes: Vec<Node>, reach: Reach) -> Explored {
        let mut explored = Explored { units: Vec::new(), failed: Vec::new(), folders: Vec::new() };
        let mut waiting = Waiting::default();
        nodes.into_iter().for_each(|node| waiting.add(node));
        let mut failed: Vec<(Node, Failure)> = Vec::new();
        while let Some(next) = waiting.next() {
            if let Node::Kustomization(kustomization) = &next
                && self.folders.is_stood_in_for(kustomization)
            {
                explored.folders.push(kustomization.spec.path.clone());
            }
            match self.one(&next).await {
                Ok(Some(unit)) => {
                    self.rendered
                        .extend(unit.definitions.iter().chain(&unit.manifests).map(|manifest| &manifest.value));
                    let (below, broken) = self.below(&unit, reach);
                    waiting.add_below(below);
                    explored.failed.extend(broken.into_iter().map(|failure| (unit.owner.clone(), failure)));
                    explored.units.push(unit);
                    // What was missing may be there now.
                    failed.drain(..).for_each(|(node, _)| waiting.add(node));
                }
                Ok(None) => {}
                Err(failure) => failed.push((next, failure)),
            }
        }
        explored.failed.extend(failed.into_iter().map(|(node, failure)| (node.owner(), failure)));
        explored
    }

    /// What is applied; none if it is suspended or left out.
    async fn one(&mut self, node: &Node) -> Result<Option<Unit>, Failure> {
        let owner = node.owner();
        let is_suspended = match node {
            Node::Kustomization(kustomization) => kustomization.spec.suspend,
            Node::HelmRelease(release) => release.spec.suspend,
        };
        if is_suspended {
            self.left_out.push(format!("{} {owner} is suspended", owner.applier.kind()));
            return Ok(None);
        }
        self.unit(node).await
    }

    /// What is applied, suspended or not; none if it is left out.
    async fn unit(&mut self, node: &Node) -> Result<Option<Unit>, Failure> {
        let owner = node.owner();
        match node {
            Node::Kustomization(kustomization) => self.kustomization(owner, kustomization).await,
            Node::HelmRelease(release) => self.release(owner, release).await,
        }
    }

    async fn kustomization(&mut self, owner: Owner, kustomization: &Kustomization) -> Result<Option<Unit>, Failure> {
        let source = &kustomization.spec.source_ref;
        let namespace = kustomization.source_namespace();
        let Some(files) = self.folders.of_kustomization(kustomization)?.cloned() else {
            let named = format!("{}/{namespace}/{}", source.kind, source.name);
            self.left_out.push(format!(
                "Kustomization {owner} builds from {named}, which is not among the files given; name its folder with \
                 --local-sources {named}=FOLDER"
            ));
            return Ok(None);
        };
        let age_keys = self.age_keys.as_deref();
        let decryption = match (decryption(self.cluster, &self.rendered, kustomization, age_keys).await?, self.gaps) {
            (Some(decryption), _) => decryption,
            (None, Gaps::LeaveOut) => {
                self.left_out.push(format!("decryption of what is encrypted for Kustomization {owner}: {NO_KEYS}"));
                Decryption::Sealed
            }
            (None, Gaps::Refuse) => return Err(Failure::Unavailable(format!("Kustomization {owner}: {NO_KEYS}"))),
        };
        let manifests = build(self.cluster, &self.rendered, kustomization, &files, &decryption).await?;
        Ok(Some(Unit::of(owner, kustomization, manifests)))
    }

    async fn release(&mut self, owner: Owner, release: &HelmRelease) -> Result<Option<Unit>, Failure> {
        let mut search = Search {
            cluster: self.cluster,
            rendered: &self.rendered,
            folders: &mut self.folders,
            sources: &self.sources,
            charts: self.charts,
        };
        match (search.preview(release).await, self.gaps) {
            (Ok(preview), _) => Ok(Some(Unit::of_release(owner, preview))),
            (Err(Gap::Absent(why)), Gaps::LeaveOut) => {
                self.left_out.push(format!("HelmRelease {owner}: {why}"));
                Ok(None)
            }
            (Err(Gap::Absent(why)), Gaps::Refuse) => Err(Failure::Unavailable(format!("HelmRelease {owner}: {why}"))),
            (Err(Gap::Failed(Failure::Halted(why))), _) => Err(Failure::Halted(format!("HelmRelease {owner}: {why}"))),
            (Err(Gap::Failed(failure)), _) => Err(failure),
        }
    }

    /// What is to be built of the Kustomizations and HelmReleases among what was built, each once; and those that cannot
    /// be read.
    fn below(&mut self, unit: &Unit, reach: Reach) -> (Vec<Node>, Vec<Failure>) {
        self.seen.insert(unit.owner.clone());
        let (mut found, mut broken) = (Vec::new(), Vec::new());
        for manifest in &unit.manifests {
            match Node::read(&manifest.value) {
                Ok(Some(node)) => {
                    let is_reached = reach == Reach::Everything || matches!(node, Node::Kustomization(_));
                    if is_reached && self.seen.insert(node.owner()) {
                        found.push(node);
                    }
                }
                Ok(None) => {}
                Err(failure) => broken.push(failure),
            }
        }
        (found, broken)
    }
}
