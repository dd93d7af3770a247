//! What Git declares: a few applications, each with a namespace, a Kustomization and objects that come, change and go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use testkit::git::Repository;

use crate::random::Random;

const MOST_APPS: usize = 4;
const MOST_OBJECTS: usize = 8;

/// A kind of declared object. Each holds one number in a field of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    ConfigMap,
    Secret,
    ServiceAccount,
    Service,
    Deployment,
}

impl Kind {
    pub(crate) const ALL: [Kind; 5] =
        [Kind::ConfigMap, Kind::Secret, Kind::ServiceAccount, Kind::Service, Kind::Deployment];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
            Kind::ServiceAccount => "ServiceAccount",
            Kind::Service => "Service",
            Kind::Deployment => "Deployment",
        }
    }

    pub(crate) fn api_version(self) -> &'static str {
        match self {
            Kind::ConfigMap | Kind::Secret | Kind::ServiceAccount | Kind::Service => "v1",
            Kind::Deployment => "apps/v1",
        }
    }

    /// Where the number stands in a live object.
    pub(crate) fn pointer(self) -> &'static str {
        match self {
            Kind::ConfigMap => "/data/value",
            Kind::Secret => "/metadata/labels/value",
            Kind::ServiceAccount => "/metadata/annotations/example.com~1value",
            Kind::Service => "/spec/ports/0/port",
            Kind::Deployment => "/spec/template/spec/containers/0/image",
        }
    }

    /// What stands there for a value.
    pub(crate) fn shown(self, value: u64) -> serde_json::Value {
        match self {
            Kind::ConfigMap | Kind::Secret | Kind::ServiceAccount => value.to_string().into(),
            Kind::Service => (value + 1000).into(),
            Kind::Deployment => format!("example.com/app:{value}").into(),
        }
    }

    fn manifest(self, name: &str, value: u64) -> String {
        let head = format!("apiVersion: {}\nkind: {}\nmetadata:\n  name: {name}\n", self.api_version(), self.name());
        let rest = match self {
            Kind::ConfigMap => format!("data:\n  value: \"{value}\"\n"),
            Kind::Secret => format!("  labels:\n    value: \"{value}\"\nstringData:\n  value: \"{value}\"\n"),
            Kind::ServiceAccount => format!("  annotations:\n    example.com/value: \"{value}\"\n"),
            Kind::Service => format!("spec:\n  selector:\n    app: {name}\n  ports:\n  - port: {}\n", value + 1000),
            Kind::Deployment => format!(
                "spec:\n  replicas: {}\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      \
                 labels:\n        app: {name}\n    spec:\n      containers:\n      - name: app\n        image: \
                 example.com/app:{value}\n",
                value % 3
            ),
        };
        head + &rest
    }
}

/// An object of an application and its number.
pub(crate) type Objects = BTreeMap<(Kind, String), u64>;

/// The whole repository.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    apps: BTreeMap<String, Objects>,
    /// Counts up, so that every name and every value is new.
    count: u64,
}

impl Declared {
    /// Where every run begins.
    pub(crate) fn first() -> Declared {
        let mut declared = Declared { apps: BTreeMap::new(), count: 0 };
        for _ in 0..3 {
            declared.add_app();
        }
        declared
    }

    /// The applications: namespace and Kustomization of each have its name.
    pub(crate) fn apps(&self) -> &BTreeMap<String, Objects> {
        &self.apps
    }

    /// Adds, changes and removes a few things.
    pub(crate) fn change(&mut self, random: &mut Random) {
        for _ in 0..=random.below(4) {
            match random.below(8) {
                0 if self.apps.len() < MOST_APPS => self.add_app(),
                1 if self.apps.len() > 2 => {
                    let app = self.any_app(random);
                    self.apps.remove(&app);
                }
                2 | 3 => self.remove_object(random),
                4 | 5 => self.change_object(random),
                _ => self.add_object(random),
            }
        }
    }

    /// Writes all files and commits them. Returns the id of the commit.
    pub(crate) fn commit(&self, repository: &Repository) -> String {
        for folder in ["clusters", "apps"] {
            remove(&repository.path().join(folder));
        }
        repository.commit(self.files(), "Change something").unwrap()
    }

    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for (app, objects) in &self.apps {
            files.push((format!("clusters/{app}.yaml"), kustomization(app)));
            let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {app}\n");
            files.push((format!("apps/{app}/namespace.yaml"), namespace));
            for ((kind, name), value) in objects {
                files.push((format!("apps/{app}/{}-{name}.yaml", kind.name()), kind.manifest(name, *value)));
            }
        }
        files
    }

    fn add_app(&mut self) {
        self.count += 1;
        let objects = Kind::ALL.into_iter().map(|kind| ((kind, format!("o{}", self.count)), self.count)).collect();
        self.apps.insert(format!("app-{}", self.count), objects);
    }

    fn any_app(&self, random: &mut Random) -> String {
        let names: Vec<&String> = self.apps.keys().collect();
        (*random.one_of(&names)).clone()
    }

    fn any_objects(&mut self, random: &mut Random) -> &mut Objects {
        let app = self.any_app(random);
        self.apps.entry(app).or_default()
    }

    fn add_object(&mut self, random: &mut Random) {
        self.count += 1;
        let value = self.count;
        let kind = *random.one_of(&Kind::ALL);
        let objects = self.any_objects(random);
        if objects.len() < MOST_OBJECTS {
            objects.insert((kind, format!("o{value}")), value);
        }
    }

    fn change_object(&mut self, random: &mut Random) {
        self.count += 1;
        let value = self.count;
        let objects = self.any_objects(random);
        let keys: BTreeSet<_> = objects.keys().cloned().collect();
        if !keys.is_empty() {
            let keys: Vec<_> = keys.into_iter().collect();
            objects.insert(random.one_of(&keys).clone(), value);
        }
    }

    fn remove_object(&mut self, random: &mut Random) {
        let objects = self.any_objects(random);
        let keys: Vec<_> = objects.keys().cloned().collect();
        if !keys.is_empty() {
            objects.remove(random.one_of(&keys));
        }
    }
}

fn kustomization(app: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {app}\n  namespace: \
         flux-system\nspec:\n  interval: 10m\n  retryInterval: 2s\n  path: ./apps/{app}\n  prune: true\n  wait: true\n  \
         timeout: 1m\n  targetNamespace: {app}\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
    )
}

fn remove(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
