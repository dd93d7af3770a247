//! What `tenter install` puts into a cluster, as data: the same objects for the same wishes, in the order to apply them.

mod access;
mod definitions;
mod network;
mod workload;

use std::collections::BTreeMap;

use manifest::Value;
use serde_json::json;

pub(crate) use self::definitions::{KINDS, ServedKind};

/// The name of the controller's objects.
pub(crate) const CONTROLLER: &str = "tenter";

/// The service account that applies where an object names none, in the namespace of the entry.
pub(crate) const RECONCILER: &str = "tenter-reconciler";

/// The lease of the controller.
pub(crate) const LEASE: &str = "tenter";

/// The label that tells what this installs from what was there.
pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// The label of the namespace whose default service account may do everything.
const ENTRY: &str = "tenter.dev/entry";

/// What is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The controller's namespace.
    pub(crate) system: String,
    /// The namespace of the entry objects, whose default service account may do everything.
    pub(crate) entry: String,
    /// The controller's image.
    pub(crate) image: String,
    /// How many replicas.
    pub(crate) replicas: u32,
    /// What objects may do.
    pub(crate) tenancy: Tenancy,
}

/// What objects may do beyond what their own service account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenancy {
    /// Nothing: they act as a service account of their own namespace, use only its sources, and render nothing from
    /// other hosts.
    Locked,
    /// What the controller may, which is everything.
    Open,
}

impl Installation {
    /// All objects, in the order to apply them.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let mut objects = self.namespaces();
        objects.extend(self.definitions());
        objects.extend(self.access());
        objects.extend(self.network());
        objects.extend(self.workload());
        objects
    }

    fn namespaces(&self) -> Vec<Value> {
        // The rules of the namespace keep everybody to what the controller keeps to itself.
        let restricted = ["enforce", "audit", "warn"]
            .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), "restricted".to_owned()));
        let mut labels = labels();
        labels.extend(restricted);
        let namespace = |name: &str, labels: &BTreeMap<String, String>| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        let mut namespaces = vec![namespace(&self.system, &labels)];
        if self.entry != self.system {
            // What is in it is other people's, and other tools may label it too.
            namespaces.push(namespace(&self.entry, &BTreeMap::from([(ENTRY.to_owned(), "true".to_owned())])));
        }
        namespaces
    }

    /// The metadata of an object in the controller's namespace.
    fn metadata(&self, name: &str) -> Value {
        json!({"name": name, "namespace": self.system, "labels": labels()})
    }
}

/// The labels of everything that is installed.
fn labels() -> BTreeMap<String, String> {
    let mut labels = selector();
    labels.insert("app.kubernetes.io/part-of".to_owned(), CONTROLLER.to_owned());
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.to_owned());
    labels
}

/// The labels of the controller's pods: they never change, as a Deployment's selector cannot.
fn selector() -> BTreeMap<String, String> {
    BTreeMap::from([("app.kubernetes.io/name".to_owned(), CONTROLLER.to_owned())])
}

/// Metadata of an object that belongs to the whole cluster.
fn cluster_metadata(name: &str) -> Value {
    json!({"name": name, "labels": labels()})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser;
    use expect_test::{expect, expect_file};

    use super::*;
    use crate::cli::{Cli, Command};

    fn installation(tenancy: Tenancy) -> Installation {
        Installation {
            system: "tenter-system".to_owned(),
            entry: "flux-system".to_owned(),
            image: "registry.example.com/tenter:1.2.3".to_owned(),
            replicas: 2,
            tenancy,
        }
    }

    fn without_definitions(tenancy: Tenancy) -> Vec<Value> {
        let objects = installation(tenancy).objects().into_iter();
        objects.filter(|object| object["kind"] != "CustomResourceDefinition").collect()
    }

    #[test]
    fn everything_but_the_definitions() {
        let objects = without_definitions(Tenancy::Locked);
        expect_file!["golden/locked.yaml"].assert_eq(&manifest::yaml::write_documents(&objects));
    }

    #[test]
    fn what_is_open_differs_in_rights_and_flags_alone() {
        let (locked, open) = (without_definitions(Tenancy::Locked), without_definitions(Tenancy::Open));
        let text = |objects: &[Value]| -> BTreeSet<String> {
            objects
                .iter()
                .flat_map(|object| manifest::yaml::write(object).lines().map(str::to_owned).collect::<Vec<_>>())
                .collect()
        };
        let (locked, open) = (text(&locked), text(&open));
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).map(|line| format!("{}\n", line.trim())).collect::<String>()
        };
        expect![[r#"
            - --default-service-account=tenter-reconciler
            - --no-cross-namespace-refs
            name: tenter-reconciler
            namespace: flux-system
            automountServiceAccountToken: false
        "#]]
        .assert_eq(&only(&locked, &open));
        expect![[r#"
            - --remote-bases
            name: tenter-cluster-admin
        "#]]
        .assert_eq(&only(&open, &locked));
    }

    #[test]
    fn the_definitions_are_of_the_kinds_that_are_reconciled() {
        let objects = installation(Tenancy::Locked).objects();
        let definitions = objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
        let names: Vec<&str> = definitions.filter_map(|object| object["metadata"]["name"].as_str()).collect();
        expect![[r#"
            gitrepositories.source.toolkit.fluxcd.io
            ocirepositories.source.toolkit.fluxcd.io
            buckets.source.toolkit.fluxcd.io
            helmrepositories.source.toolkit.fluxcd.io
            helmcharts.source.toolkit.fluxcd.io
            kustomizations.kustomize.toolkit.fluxcd.io
            helmreleases.helm.toolkit.fluxcd.io"#]]
        .assert_eq(&names.join("\n"));
    }

    /// What the controller is told must be what it understands.
    #[test]
    fn the_arguments_are_those_of_run() {
        for tenancy in [Tenancy::Locked, Tenancy::Open] {
            let objects = without_definitions(tenancy);
            let deployment = objects.iter().find(|object| object["kind"] == "Deployment").unwrap();
            let arguments = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
            let arguments = arguments.as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
            let parsed = Cli::try_parse_from(std::iter::once("tenter").chain(arguments)).unwrap();
            let Command::Run(run) = parsed.command else { panic!("the controller runs") };
            assert!(run.leader_elect && run.watch_all_namespaces);
            assert_eq!(run.default_service_account.is_some(), tenancy == Tenancy::Locked);
            assert_eq!(run.reaching.no_cross_namespace_refs, tenancy == Tenancy::Locked);
            assert_eq!(run.reaching.remote_bases, tenancy == Tenancy::Open);
        }
    }

    #[test]
    fn one_namespace_may_be_both() {
        let installation = Installation { entry: "tenter-system".to_owned(), ..installation(Tenancy::Locked) };
        let objects = installation.objects();
        assert_eq!(objects.iter().filter(|object| object["kind"] == "Namespace").count(), 1);
    }

    #[test]
    fn no_two_objects_are_the_same() {
        let objects = installation(Tenancy::Locked).objects();
        let ids: BTreeSet<_> = objects.iter().filter_map(manifest::ObjectId::of).collect();
        assert_eq!(ids.len(), objects.len());
    }
}
