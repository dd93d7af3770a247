//! What a command line names, from a file or from the cluster.

use std::path::Path;

use cluster::Cluster;
use kinds::flux::helm_release::ReleaseChart;
use kinds::flux::{HelmRelease, Kustomization};
use manifest::Value;
use manifest::yaml::{Limits, Profile, read_documents};
use plan::labels::{Applier, Owner};

use super::folders::SourceName;
use crate::error::Failure;
use crate::target::{Applied, Target};

/// What is built, and what else its file holds.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What applies objects.
    pub(super) node: Node,
    /// The objects beside it, such as the source of its chart; what is built may refer to them.
    pub(super) beside: Vec<Value>,
}

/// A Kustomization or a HelmRelease.
#[derive(Debug)]
pub(super) enum Node {
    Kustomization(Box<Kustomization>),
    HelmRelease(Box<HelmRelease>),
}

impl Node {
    /// Reads an object; none if it applies nothing.
    pub(super) fn read(object: &Value) -> Result<Option<Node>, Failure> {
        let group = object["apiVersion"].as_str().and_then(|text| text.split_once('/')).map(|(group, _)| group);
        let is = |applier: Applier| group == Some(applier.group()) && object["kind"] == applier.kind();
        let node = if is(Applier::Kustomization) {
            Kustomization::read(object).map(|read| Node::Kustomization(Box::new(read)))
        } else if is(Applier::HelmRelease) {
            HelmRelease::read(object).map(|read| Node::HelmRelease(Box::new(read)))
        } else {
            return Ok(None);
        };
        node.map(Some).map_err(|error| Failure::Halted(error.to_string()))
    }

    /// Whose labels its objects carry.
    pub(super) fn owner(&self) -> Owner {
        let (applier, metadata) = match self {
            Node::Kustomization(kustomization) => (Applier::Kustomization, &kustomization.metadata),
            Node::HelmRelease(release) => (Applier::HelmRelease, &release.metadata),
        };
        Owner::new(applier, &metadata.namespace, &metadata.name)
    }
}

impl Entry {
    /// What `name` names (see [`Applied`]), in a file or in the cluster.
    pub(crate) async fn find(
        cluster: Option<&Cluster>,
        file: Option<&Path>,
        namespace: &str,
        name: &str,
    ) -> Result<Entry, Failure> {
        let applied = Applied::parse(name)?;
        let (mut object, beside) = match (file, cluster) {
            (Some(file), _) => from_file(file, &applied)?,
            (None, Some(cluster)) => {
                (Target::find(cluster, applied.listing(), namespace, &applied.name).await?.1, Vec::new())
            }
            (None, None) => return Err(Failure::NoCluster),
        };
        if object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = Value::String(namespace.to_owned());
        }
        let node = Node::read(&object)?.ok_or_else(|| Failure::Usage(format!("{name} applies nothing")))?;
        Ok(Entry { node, beside })
    }

    /// Every Kustomization and HelmRelease among objects, all of which may refer to each other; and those that cannot be
    /// read.
    pub(crate) fn all_of<'v>(objects: impl Iterator<Item = &'v Value>) -> (Vec<Entry>, Vec<Failure>) {
        let (mut entries, mut unreadable, mut beside) = (Vec::new(), Vec::new(), Vec::new());
        for object in objects {
            beside.push(object.clone());
            match Node::read(object) {
                Ok(Some(node)) => entries.push(Entry { node, beside: Vec::new() }),
                Ok(None) => {}
                Err(failure) => unreadable.push(failure),
            }
        }
        if let Some(first) = entries.first_mut() {
            first.beside = beside;
        }
        (entries, unreadable)
    }

    /// The source whose files it is made of; none if a HelmRelease does not say.
    pub(super) fn source(&self) -> Option<SourceName> {
        match &self.node {
            Node::Kustomization(kustomization) => {
                let reference = &kustomization.spec.source_ref;
                let namespace = kustomization.source_namespace().to_owned();
                Some((reference.kind.clone(), namespace, reference.name.clone()))
            }
            Node::HelmRelease(release) => match release.chart() {
                Ok(ReleaseChart::Template(template)) => {
                    let reference = &template.spec.source_ref;
                    let namespace = template.namespace(&release.metadata).to_owned();
                    Some((reference.kind.name().to_owned(), namespace, reference.name.clone()))
                }
                Ok(ReleaseChart::Reference(_)) | Err(_) => None,
            },
        }
    }
}

/// The object in a file, and those beside it.
fn from_file(path: &Path, wanted: &Applied) -> Result<(Value, Vec<Value>), Failure> {
    let bytes = std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    let shown = path.display().to_string();
    let documents = read_documents(&bytes, &shown, Profile::Kubectl, &Limits::default())
        .map_err(|diagnostic| Failure::Build(vec![diagnostic]))?;
    let is_wanted = |object: &Value| {
        let group = object["apiVersion"].as_str().and_then(|text| text.split_once('/')).map(|(group, _)| group);
        group == Some(wanted.applier.group())
            && object["kind"] == wanted.applier.kind()
            && object["metadata"]["name"] == wanted.name.as_str()
    };
    let mut objects: Vec<Value> = documents.into_iter().map(|document| document.value).collect();
    match objects.iter().position(is_wanted) {
        Some(position) => Ok((objects.remove(position), objects)),
        None => {
            let kind = wanted.applier.kind();
            Err(Failure::Usage(format!("{shown} holds no Flux {kind} '{}'", wanted.name)))
        }
    }
}
