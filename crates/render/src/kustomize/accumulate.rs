//! Building one kustomization: its resources, then its generators, components and transformations, as upstream orders
//! them.

use std::sync::Arc;

use manifest::{Diagnostic, Location, Manifest, Value};

use super::bounds::Budget;
use super::charts::Inflation;
use super::fieldspec::{Config, ConfigFile};
use super::file::{self, ChartEntry, ChartGlobals, Coercion, FileKind, KustomizationFile};
use super::generators::{self, Generated};
use super::id::type_of;
use super::loader::Loader;
use super::options::{Charts, Options, Reorder};
use super::order::SortOrder;
use super::overlay;
use super::problem::{Failure, Problem};
use super::provenance::{self, Provenance, Tracking};
use super::read;
use super::references;
use super::remote::{Reference, Remote, Repository};
use super::resource::Resource;
use super::schema::{Choice, Schemas};
use super::set::ResourceSet;
use super::steps::{self, Step};
use super::transform::Transformer;
use super::vars::Variables;
use super::{crds, finish, plugins};

/// What a kustomization has gathered.
#[derive(Debug, Clone)]
pub(crate) struct Accumulated {
    pub(crate) resources: ResourceSet,
    pub(crate) config: Arc<Config>,
    pub(crate) variables: Variables,
}

/// One build.
#[derive(Debug)]
pub(crate) struct Build {
    builtin: Arc<Config>,
    pub(crate) schemas: Schemas,
    pub(crate) tracking: Tracking,
    charts: Charts,
    budget: Budget,
}

/// One kustomization of a build.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) build: &'a Build,
    pub(crate) loader: Loader<'a>,
    pub(crate) file: KustomizationFile,
    /// The folder as the root names it, for annotations.
    pub(crate) path: String,
    /// The namespace of the nearest kustomization around this one that has any, for charts.
    outer_namespace: String,
}

/// How a kustomization takes part in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// On its own.
    Resource,
    /// On what the other one has gathered so far.
    Component,
}

/// Builds the root kustomization.
pub(crate) fn root(loader: Loader<'_>, options: &Options) -> Result<Vec<Manifest>, Failure> {
    let file = match (loader.kustomization(None)?, &options.overlay) {
        (Some(document), overlay) => {
            let file = KustomizationFile::decode(&document.value, loader.origin(&document));
            match overlay {
                None => file?,
                Some(overlay) => overlay::laid_over(file?, overlay, &loader)?,
            }
        }
        (None, Some(overlay)) => overlay::laid_over(overlay::generated(&loader)?, overlay, &loader)?,
        (None, None) => return Err(missing_file(&loader, None)),
    };
    let build = Build {
        builtin: Arc::new(Config::builtin()),
        schemas: Schemas::default(),
        budget: Budget::default(),
        charts: options.charts.clone(),
        tracking: if file.fields.build_metadata.is_empty() { Tracking::Off } else { Tracking::On },
    };
    let target = Target::new(&build, loader, file, String::new(), String::new())?;
    let Accumulated { mut resources, config, variables } = target.accumulate(build.empty())?;
    Transformer::Hash.run(&mut resources)?;
    references::rewrite(&mut resources, &config.name_reference)?;
    variables.expand(&mut resources, &config.var_reference)?;
    resources.retain(|resource| !finish::is_local(resource));
    let order = match (&target.file.fields.sort_options, options.reorder) {
        (None, Reorder::Legacy) => SortOrder::legacy(),
        (None, Reorder::Unchanged) => SortOrder::Unchanged,
        (Some(_), _) => SortOrder::from_options(target.file.fields.sort_options.as_ref())
            .map_err(|problem| problem.at(target.file.place("/sortOptions")))?,
    };
    order.run(&mut resources)?;
    finish::manifests(resources, &target.file.fields.build_metadata)
}

/// What to say about a folder without a kustomization file.
fn missing_file(loader: &Loader<'_>, place: Option<&Location>) -> Failure {
    Problem::NoKustomization(loader.folder().to_owned()).at(place.cloned()).into()
}

impl Build {
    fn empty(&self) -> Accumulated {
        Accumulated { resources: ResourceSet::default(), config: self.builtin.clone(), variables: Variables::default() }
    }
}

impl<'a> Target<'a> {
    fn new(
        build: &'a Build,
        mut loader: Loader<'a>,
        file: KustomizationFile,
        path: String,
        outer_namespace: String,
    ) -> Result<Target<'a>, Failure> {
        if file.is_empty() {
            return Err(Problem::EmptyKustomization.at(file.origin.location.clone()).into());
        }
        loader.through.extend(file.origin.location.clone());
        let target = Target { build, loader, file, path, outer_namespace };
        target.choose_schema()?;
        Ok(target)
    }

    /// Takes the schemas that `openapi` names.
    fn choose_schema(&self) -> Result<(), Failure> {
        let openapi = &self.file.fields.openapi;
        let place = self.file.place("/openapi");
        match (openapi.get("path"), openapi.get("version")) {
            (Some(_), Some(_)) => Err(Problem::SchemaTwice.at(place).into()),
            (Some(path), None) => {
                let document = self.loader.settings(path, place.as_ref())?.into_iter().next();
                let document = document.map_or(Value::Null, |document| document.value);
                self.build.schemas.choose(Choice::Document(document));
                Ok(())
            }
            (None, Some(version)) if version != BUILTIN_SCHEMA => {
                Err(Problem::UnknownSchemaVersion(version.clone()).at(place).into())
            }
            (None, Some(_)) => {
                self.build.schemas.choose(Choice::Builtin);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// Adds everything this kustomization describes to `gathered`, and transforms the whole.
    fn accumulate(&self, mut gathered: Accumulated) -> Result<Accumulated, Failure> {
        self.add_resources(&mut gathered)?;
        self.add_configuration(&mut gathered)?;
        self.run_generators(&mut gathered)?;
        let mut gathered = self.add_components(gathered)?;
        for step in steps::builtin(self, &gathered.config)? {
            self.run(&step, &mut gathered.resources)?;
        }
        for step in plugins::transformers(self, &self.file.fields.transformers, "transformers")? {
            self.run(&step, &mut gathered.resources)?;
        }
        self.validate(&mut gathered.resources)?;
        let vars = self.file.fields.vars.iter().enumerate();
        let vars: Vec<_> = vars.map(|(index, var)| (var.clone(), self.file.place(&format!("/vars/{index}")))).collect();
        gathered.variables.declare(&vars, &mut gathered.resources)?;
        Ok(gathered)
    }

    fn run(&self, step: &Step<'_>, resources: &mut ResourceSet) -> Result<(), Failure> {
        step.transformer.run(resources)?;
        resources.drop_deleted();
        if let (Tracking::On, Some(provenance)) = (self.build.tracking, &step.provenance) {
            for resource in resources.contents_mut() {
                provenance::note_transformation(resource, provenance);
            }
        }
        Ok(())
    }

    /// Every entry is tried, so that all missing files and broken objects are reported together.
    fn add_resources(&self, gathered: &mut Accumulated) -> Result<(), Failure> {
        let mut problems: Vec<Diagnostic> = Vec::new();
        for (index, path) in self.file.fields.resources.iter().enumerate() {
            let place = self.file.resource_place(index);
            if let Err(Failure(found)) = self.add_resource(path, place.as_ref(), gathered) {
                problems.extend(found);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Failure(problems)) }
    }

    fn add_resource(&self, path: &str, place: Option<&Location>, gathered: &mut Accumulated) -> Result<(), Failure> {
        if self.leads_to_folder(path) {
            let child = self.child(path, place, Role::Resource)?;
            let child = child.accumulate(self.build.empty())?;
            return gathered.merge(child);
        }
        let resources = self.read_file(path, place)?;
        gathered.resources.append_all(resources)
    }

    /// The namespace of charts that name none.
    fn chart_namespace(&self) -> &str {
        let own = &self.file.fields.namespace;
        if own.is_empty() { &self.outer_namespace } else { own }
    }

    /// The resources of a chart that `place` refers to.
    pub(crate) fn inflate(
        &self,
        entry: &ChartEntry,
        globals: &ChartGlobals,
        place: Option<Location>,
    ) -> Result<Vec<Resource>, Failure> {
        let inflation = Inflation { entry, globals, namespace: self.chart_namespace(), place: place.clone() };
        let resources = inflation.resources(&self.loader, &self.build.charts)?;
        self.build.budget.resources(resources.len()).map_err(|problem| problem.at(place))?;
        resources.iter().for_each(|resource| self.build.schemas.meet(&type_of(&resource.value)));
        Ok(resources)
    }

    /// Whether an entry names a kustomization of its own: a folder, or one in a repository.
    pub(crate) fn leads_to_folder(&self, entry: &str) -> bool {
        let is_repository = |reference: Reference| matches!(reference.remote, Remote::Repository(_));
        self.loader.is_folder(entry) || self.loader.remote(entry).is_some_and(is_repository)
    }

    /// The resources in a file.
    pub(crate) fn read_file(&self, path: &str, place: Option<&Location>) -> Result<Vec<Resource>, Failure> {
        let mut resources = read::resources(self.loader.documents(path, place)?, &self.loader)?;
        self.build.budget.resources(resources.len()).map_err(|problem| problem.at(place.cloned()))?;
        resources.iter().for_each(|resource| self.build.schemas.meet(&type_of(&resource.value)));
        if self.build.tracking == Tracking::On {
            let provenance = self.provenance_of(path);
            for resource in &mut resources {
                resource.annotate(provenance::ORIGIN, provenance.to_annotation());
            }
        }
        Ok(resources)
    }

    /// The resources of a kustomization in the folder `path`.
    pub(crate) fn read_folder(&self, path: &str, place: Option<&Location>) -> Result<Vec<Resource>, Failure> {
        let child = self.child(path, place, Role::Resource)?.accumulate(self.build.empty())?;
        Ok(child.resources.into_vec())
    }

    /// The kustomization in the folder `path`.
    fn child(&self, path: &str, place: Option<&Location>, role: Role) -> Result<Target<'a>, Failure> {
        self.build.budget.kustomization().map_err(|problem| problem.at(place.cloned()))?;
        let loader = self.loader.enter(path, place)?;
        let document = loader.kustomization(place)?.ok_or_else(|| missing_file(&loader, place))?;
        let file = KustomizationFile::decode(&document.value, loader.origin(&document))?;
        match (role, file.kind) {
            (Role::Resource, FileKind::Kustomization) | (Role::Component, FileKind::Component) => {}
            (Role::Resource, FileKind::Component) => {
                return Err(Problem::ComponentAsResource(path.to_owned()).at(place.cloned()).into());
            }
            (Role::Component, FileKind::Kustomization) => {
                return Err(Problem::ResourceAsComponent(path.to_owned()).at(place.cloned()).into());
            }
        }
        let path = match self.loader.remote(path) {
            // Paths count from the root of a repository.
            Some(reference) => reference.folder,
            None => self.path_of(path),
        };
        Target::new(self.build, loader, file, path, self.chart_namespace().to_owned())
    }

    /// Where what is read from a file comes from.
    pub(crate) fn provenance_of(&self, path: &str) -> Provenance {
        let repository = self.loader.repository().map(|Repository { url, reference, .. }| provenance::Repository {
            url: url.clone(),
            reference: reference.clone(),
        });
        Provenance::File { path: self.path_of(path), repository }
    }

    /// A path of this kustomization as the root would write it.
    pub(crate) fn path_of(&self, path: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.path.split('/').chain(path.split('/')) {
            match (part, parts.last()) {
                ("" | ".", _) => {}
                ("..", Some(last)) if *last != ".." => {
                    parts.pop();
                }
                (part, _) => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// Where this kustomization's file is, as the root would write it.
    pub(crate) fn file_path(&self) -> String {
        let file = self.file.origin.location.as_ref().map(|location| location.file.clone());
        let name = file.as_deref().and_then(|file| file.rsplit('/').next()).unwrap_or("kustomization.yaml").to_owned();
        self.path_of(&name)
    }

    fn add_configuration(&self, gathered: &mut Accumulated) -> Result<(), Failure> {
        for (index, path) in self.file.fields.configurations.iter().enumerate() {
            let place = self.file.place(&format!("/configurations/{index}"));
            for document in self.loader.settings(path, place.as_ref())? {
                let origin = self.loader.origin(&document);
                let shape = &file::CONFIGURATION;
                let config: ConfigFile = file::decode(&document.value, shape, &origin, Coercion::Strict)?;
                gathered.configure(&config.into(), origin.location)?;
            }
        }
        for (index, path) in self.file.fields.crds.iter().enumerate() {
            let place = self.file.place(&format!("/crds/{index}"));
            for document in self.loader.settings(path, place.as_ref())? {
                gathered.configure(&crds::config(&document.value), Some(document.location))?;
            }
        }
        Ok(())
    }

    fn run_generators(&self, gathered: &mut Accumulated) -> Result<(), Failure> {
        let fields = &self.file.fields;
        let kinds = [
            (Generated::ConfigMap, &fields.config_map_generator, "configMapGenerator", "ConfigMapGenerator"),
            (Generated::Secret, &fields.secret_generator, "secretGenerator", "SecretGenerator"),
        ];
        let mut problems = Vec::new();
        for (kind, entries, field, plugin) in kinds {
            let provenance = Provenance::builtin(self.file_path(), plugin);
            for (index, entry) in entries.iter().enumerate() {
                let place = self.file.place(&format!("/{field}/{index}"));
                let defaults = fields.generator_options.as_ref();
                match generators::generate(kind, entry, defaults, &self.loader, place) {
                    Ok(resource) => {
                        problems.extend(self.absorb(resource, &provenance, gathered).err());
                    }
                    Err(Failure(found)) => problems.extend(found),
                }
            }
        }
        let provenance = Provenance::builtin(self.file_path(), "HelmChartInflationGenerator");
        for (index, entry) in fields.helm_charts.iter().enumerate() {
            match self.inflate(entry, &fields.helm_globals, self.file.chart_place(index)) {
                Ok(resources) => {
                    for resource in resources {
                        problems.extend(self.absorb(resource, &provenance, gathered).err());
                    }
                }
                Err(Failure(found)) => problems.extend(found),
            }
        }
        for (resources, provenance) in plugins::generated(self)? {
            for resource in resources {
                problems.extend(self.absorb(resource, &provenance, gathered).err());
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Failure(problems)) }
    }

    fn absorb(
        &self,
        mut resource: Resource,
        provenance: &Provenance,
        gathered: &mut Accumulated,
    ) -> Result<(), Diagnostic> {
        if self.build.tracking == Tracking::On {
            provenance::note_origin(&mut resource, provenance);
        }
        gathered.resources.absorb(resource)
    }

    fn add_components(&self, mut gathered: Accumulated) -> Result<Accumulated, Failure> {
        for (index, path) in self.file.fields.components.iter().enumerate() {
            let place = self.file.place(&format!("/components/{index}"));
            let component = self.child(path, place.as_ref(), Role::Component)?;
            gathered = component.accumulate(gathered)?;
        }
        Ok(gathered)
    }

    /// Validators are transformers that may not change anything but a label that says they ran.
    fn validate(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        for step in plugins::transformers(self, &self.file.fields.validators, "validators")? {
            let before: Vec<Value> = resources.iter().map(|resource| resource.value.clone()).collect();
            step.transformer.run(resources)?;
            resources.drop_deleted();
            let unchanged = resources.iter().map(finish::without_validation).eq(before);
            if !unchanged {
                return Err(Problem::ValidatorChanges.at(self.file.place("/validators")).into());
            }
        }
        Ok(())
    }
}

/// The version of the schemas that every build starts with.
const BUILTIN_SCHEMA: &str = "v1.21.2";

impl Accumulated {
    /// Adds what another kustomization has gathered.
    fn merge(&mut self, other: Accumulated) -> Result<(), Failure> {
        self.resources.append_all(other.resources.into_vec())?;
        if !Arc::ptr_eq(&self.config, &other.config) {
            self.configure(&other.config, None)?;
        }
        self.variables.merge(other.variables)
    }

    fn configure(&mut self, config: &Config, place: Option<Location>) -> Result<(), Failure> {
        Arc::make_mut(&mut self.config).merge(config).map_err(|error| Problem::ConflictingSpecs(error).at(place).into())
    }
}
