//! The kustomizations that are built: upstream's own cases, repositories as people use them, and ours.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Chosen, Outcome};

/// What belongs together in one row.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) builds: Vec<Build>,
}

/// One folder that is built.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// Flags for `kustomize build` and `tenter render kustomize` alike.
    pub(crate) flags: Vec<String>,
}

/// Folders with kustomizations that `parity/assemble` makes.
const REPOSITORIES: [&str; 5] = ["flagger", "podinfo", "kustomize-examples", "argo-cd", "kubeflow"];

/// Everything that is there, and what is missing.
pub(crate) fn all(chosen: &Chosen, scratch: &Path) -> Outcome<(Vec<Set>, Vec<String>)> {
    let (mut sets, mut missing) = (Vec::new(), Vec::new());
    let corpora = corpora();
    match corpora.join("kustomize/cases.json") {
        file if file.is_file() => sets.push(upstream(&file, scratch)?),
        file => missing.push(format!("there is no {}; set TENTER_CORPORA", file.display())),
    }
    sets.push(below("parity/overlays", &Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays"))?);
    let repositories = REPOSITORIES.iter().map(|name| (*name, chosen.sources.join("kustomizations").join(name)));
    for (name, folder) in repositories.chain([("gitops-istio", corpora.join("gitops-istio"))]) {
        if folder.is_dir() {
            sets.push(below(name, &folder)?);
        } else {
            missing.push(format!("there is no {}; `parity/assemble` fetches it", folder.display()));
        }
    }
    if let Some(only) = &chosen.only {
        for set in &mut sets {
            let named = set.name.contains(only.as_str());
            set.builds.retain(|build| named || build.name.contains(only.as_str()));
        }
        sets.retain(|set| !set.builds.is_empty());
    }
    Ok((sets, missing))
}

fn corpora() -> PathBuf {
    std::env::var_os("TENTER_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"), PathBuf::from)
}

/// Every folder below `root` with a kustomization, bases and overlays alike.
fn below(name: &str, root: &Path) -> Outcome<Set> {
    let mut set = Set { name: name.to_owned(), builds: Vec::new() };
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries = std::fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let file = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&file.as_str()) {
                let name = folder.strip_prefix(root)?.display().to_string();
                set.builds.push(Build { name, folder: folder.clone(), flags: Vec::new() });
            }
        }
    }
    set.builds.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(set)
}

#[derive(Deserialize)]
struct Corpus {
    cases: Vec<UpstreamCase>,
}

/// A case of kustomize's own suite.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpstreamCase {
    id: String,
    kind: String,
    self_contained: bool,
    #[serde(rename = "inV581")]
    in_v581: bool,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    options: UpstreamOptions,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UpstreamOptions {
    reorder: String,
    load_restrictions: String,
}

/// The builds of kustomize's own suite that hold for its release 5.8.1, each in a folder of its own.
fn upstream(file: &Path, scratch: &Path) -> Outcome<Set> {
    let corpus: Corpus = serde_json::from_slice(&std::fs::read(file)?)?;
    let mut set = Set { name: "kustomize's own cases".to_owned(), builds: Vec::new() };
    let cases = corpus.cases.into_iter().filter(|case| case.kind == "build" && case.self_contained && case.in_v581);
    for (index, case) in cases.enumerate() {
        let root = scratch.join(format!("case-{index}"));
        for (path, text) in &case.files {
            let path = root.join(path.trim_start_matches('/'));
            if path.components().any(|part| part == std::path::Component::ParentDir) {
                return Err(format!("{}: a file outside of the case", case.id).into());
            }
            std::fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
            std::fs::write(path, text)?;
        }
        let folder = root.join(case.path.trim_start_matches('/'));
        std::fs::create_dir_all(&folder)?;
        let mut flags = Vec::new();
        if case.options.reorder == "none" {
            flags.extend(["--reorder".to_owned(), "none".to_owned()]);
        }
        if case.options.load_restrictions == "none" {
            flags.extend(["--load-restrictor".to_owned(), "LoadRestrictionsNone".to_owned()]);
        }
        set.builds.push(Build { name: case.id, folder, flags });
    }
    Ok(set)
}
