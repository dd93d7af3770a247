//! The files that a bootstrap writes into the repository.

use manifest::{Value, tree};
use serde_json::json;

use super::repository::Clone;
use crate::entry::{Entry, NAME};
use crate::error::Failure;

/// The controller's objects.
const COMPONENTS: &str = "tenter-components.yaml";

/// The source and the Kustomization that lead back here.
const SYNC: &str = "tenter-sync.yaml";

/// The files that Flux's own bootstrap leaves.
const OF_FLUX: [&str; 2] = ["gotk-components.yaml", "gotk-sync.yaml"];

/// What is written, and applied once by hand.
pub(super) struct Manifests {
    /// The folder of the files, inside the cluster's.
    folder: String,
    components: Vec<Value>,
    entry: Vec<Value>,
}

/// A cluster's folder as the Kustomization names it: `./clusters/prod`.
pub(super) fn folder(path: &str) -> Result<String, Failure> {
    match tree::normalise(path) {
        Some(path) if path.is_empty() => Ok("./".to_owned()),
        Some(path) => Ok(format!("./{path}")),
        None => Err(Failure::Usage(format!("--path {path} leads out of the repository"))),
    }
}

impl Manifests {
    /// For an entry, with the name of the Secret that the source fetches with.
    pub(super) fn new(entry: &Entry, components: Vec<Value>, secret: Option<&str>) -> Manifests {
        let mut objects = entry.objects();
        // The namespace is among the components.
        objects.retain(|object| object["kind"] != "Namespace");
        for object in objects.iter_mut().filter(|object| object["kind"] == "GitRepository") {
            if let Some(secret) = secret {
                object["spec"]["secretRef"] = json!({"name": secret});
            }
        }
        let folder = format!("{}/{NAME}", entry.path.trim_start_matches("./").trim_end_matches('/'));
        Manifests { folder: folder.trim_start_matches('/').to_owned(), components, entry: objects }
    }

    /// The controller's objects.
    pub(super) fn components(&self) -> &[Value] {
        &self.components
    }

    /// The source and the Kustomization.
    pub(super) fn entry(&self) -> &[Value] {
        &self.entry
    }

    /// Writes the files.
    pub(super) fn write(&self, clone: &Clone) -> Result<(), Failure> {
        for name in OF_FLUX {
            let path = format!("{}/{name}", self.folder);
            if clone.holds(&path) {
                return Err(Failure::Usage(format!(
                    "{path} declares Flux's own controllers, which would work beside Tenter's; delete it and its line in \
                     kustomization.yaml first, see docs/install.md"
                )));
            }
        }
        for (name, text) in self.files() {
            clone.write(&format!("{}/{name}", self.folder), &text)?;
        }
        Ok(())
    }

    fn files(&self) -> [(&'static str, String); 3] {
        let kustomization = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [COMPONENTS, SYNC],
        });
        let note = "# Written by `tenter bootstrap`, which writes it again. Changes belong into patches of kustomization.yaml.\n";
        [
            (COMPONENTS, format!("{note}{}", manifest::yaml::write_documents(&self.components))),
            (SYNC, format!("{note}{}", manifest::yaml::write_documents(&self.entry))),
            ("kustomization.yaml", manifest::yaml::write(&kustomization)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use kinds::flux::GoDuration;

    use super::*;

    fn manifests(path: &str, secret: Option<&str>) -> Manifests {
        let entry = Entry {
            namespace: "flux-system".to_owned(),
            url: "ssh://git@git.example.com/org/fleet.git".to_owned(),
            branch: Some("main".to_owned()),
            path: folder(path).unwrap(),
            interval: GoDuration(std::time::Duration::from_secs(60)),
        };
        let component = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tenter-system"}});
        Manifests::new(&entry, vec![component], secret)
    }

    #[test]
    fn the_files_lead_back_to_their_repository() {
        let files = manifests("clusters/prod/", Some("flux-system")).files();
        let shown: String = files.iter().map(|(name, text)| format!("--- {name}\n{text}")).collect();
        expect![[r#"
            --- tenter-components.yaml
            # Written by `tenter bootstrap`, which writes it again. Changes belong into patches of kustomization.yaml.
            apiVersion: v1
            kind: Namespace
            metadata:
              name: tenter-system
            --- tenter-sync.yaml
            # Written by `tenter bootstrap`, which writes it again. Changes belong into patches of kustomization.yaml.
            apiVersion: source.toolkit.fluxcd.io/v1
            kind: GitRepository
            metadata:
              name: flux-system
              namespace: flux-system
            spec:
              interval: 1m0s
              ref:
                branch: main
              secretRef:
                name: flux-system
              url: ssh://git@git.example.com/org/fleet.git
            ---
            apiVersion: kustomize.toolkit.fluxcd.io/v1
            kind: Kustomization
            metadata:
              name: flux-system
              namespace: flux-system
            spec:
              interval: 10m
              path: ./clusters/prod
              prune: true
              sourceRef:
                kind: GitRepository
                name: flux-system
            --- kustomization.yaml
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
            - tenter-components.yaml
            - tenter-sync.yaml
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn a_public_repository_needs_no_secret() {
        let [_, (_, sync), _] = manifests("clusters/prod", None).files();
        assert!(!sync.contains("secretRef"));
    }

    #[test]
    fn folders() {
        for (path, entry, files) in [
            ("clusters/prod", "./clusters/prod", "clusters/prod/flux-system"),
            ("./clusters/prod/", "./clusters/prod", "clusters/prod/flux-system"),
            (".", "./", "flux-system"),
            ("a/../b", "./b", "b/flux-system"),
        ] {
            assert_eq!(folder(path).unwrap(), entry);
            assert_eq!(manifests(path, None).folder, files);
        }
        assert!(folder("../elsewhere").is_err());
    }
}
