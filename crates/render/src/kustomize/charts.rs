//! Charts in kustomizations: what `helm template` prints of them becomes resources.

use manifest::patch::strategic::{self, Dialect};
use manifest::yaml::{self, Limits, Profile};
use manifest::{Location, Origin, Value, tree};
use serde_json::Map;

use super::file::{ChartEntry, ChartGlobals};
use super::finish::INTERNAL_PREFIX;
use super::loader::{self, Loader};
use super::options::{ChartOptions, Charts};
use super::problem::{Failure, Problem};
use super::read;
use super::remote::{Absence, ChartVersion};
use super::resource::Resource;
use crate::helm::chart::Chart;
use crate::helm::chart::load::{self, Loaded};
use crate::helm::release::{
    Capabilities, CustomResources, Hooks, KubeVersion, Operation, Options, Printed, Release, Tests, name_from_template,
    render,
};
use crate::helm::values::{Given, ValuesFile};
use crate::template::{Environment, Seeded};

/// Where charts are, relative to the kustomization, if it does not say.
const HOME: &str = "charts";
/// The name that Helm gives a release without one.
const UNNAMED: &str = "release-name";

/// Whether a resource comes from a chart: its namespace is the chart's affair.
pub(crate) fn is_from_chart(resource: &Resource) -> bool {
    resource.annotation(&note()).is_some_and(|text| text == "true")
}

fn note() -> String {
    format!("{INTERNAL_PREFIX}helm-generated")
}

/// The chart that an entry names, as one for Helm.
pub(crate) struct Inflation<'a> {
    pub(crate) entry: &'a ChartEntry,
    pub(crate) globals: &'a ChartGlobals,
    /// The namespace that counts where the entry names none.
    pub(crate) namespace: &'a str,
    /// Where the entry is written.
    pub(crate) place: Option<Location>,
}

impl Inflation<'_> {
    /// The resources of the chart.
    pub(crate) fn resources(&self, loader: &Loader<'_>, charts: &Charts) -> Result<Vec<Resource>, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(self.place.clone()));
        let options = match charts {
            Charts::Refused => return Err(fail(Problem::HelmCharts)),
            Charts::Rendered(options) => options,
        };
        if self.entry.name.is_empty() {
            return Err(fail(Problem::ChartWithoutName));
        }
        let text = self.printed(loader, options)?;
        let documents = loader::documents(text.as_bytes(), &self.entry.name)?;
        let mut resources = read::resources(documents, loader)?;
        for resource in &mut resources {
            let through = loader.through.as_slice().into();
            resource.origin = Origin { location: self.place.clone(), fields: None, through };
            resource.annotate(&note(), "true".to_owned());
        }
        Ok(resources)
    }

    /// What `helm template` prints.
    fn printed(&self, loader: &Loader<'_>, options: &ChartOptions) -> Result<String, Failure> {
        let entry = self.entry;
        let fail = |reason: String| Failure::from(Problem::Chart(reason).at(self.place.clone()));
        let Loaded { chart, .. } = self.load(loader)?;
        let values = self.values(&chart, loader)?;
        let environment = || Environment::new(options.now, Box::new(Seeded::new(options.seed)));
        let name = match (entry.release_name.as_str(), entry.name_template.as_str()) {
            ("", "") => UNNAMED.to_owned(),
            (name, "") => name.to_owned(),
            ("", template) => name_from_template(template, environment()).map_err(|error| fail(error.to_string()))?,
            (_, _) => return Err(fail("it has both `releaseName` and `nameTemplate`".to_owned())),
        };
        let mut capabilities = Capabilities::offline();
        // What a caller says counts over what the entry says.
        let kube_version = options.kube_version.as_deref().unwrap_or(&entry.kube_version);
        if !kube_version.is_empty() {
            capabilities.kube_version =
                KubeVersion::parse(kube_version, options.rules).map_err(|error| fail(error.to_string()))?;
        }
        let api_versions = if options.api_versions.is_empty() { &entry.api_versions } else { &options.api_versions };
        capabilities.api_versions.extend(api_versions.iter().cloned());
        let namespace = [entry.namespace.as_str(), self.namespace, "default"].into_iter().find(|name| !name.is_empty());
        let namespace = namespace.unwrap_or_default().to_owned();
        let release = Release { name, namespace, revision: 1, operation: Operation::Install };
        let printed = Printed {
            custom_resources: if entry.include_crds { CustomResources::Include } else { CustomResources::Exclude },
            hooks: if entry.skip_hooks { Hooks::Exclude } else { Hooks::Include },
            tests: if entry.skip_tests { Tests::Skip } else { Tests::Include },
            show_only: Vec::new(),
        };
        let rendering = Options { rules: options.rules, ..Options::default() };
        let rendered = render(chart, &values, &release, &capabilities, &rendering, environment())
            .map_err(|error| fail(error.to_string()))?;
        rendered.print(&printed, options.rules).map_err(|error| fail(error.to_string()))
    }

    /// The folder of the chart, below the kustomization's. One that was downloaded is told apart by its version.
    fn folder(&self) -> String {
        let entry = self.entry;
        let home = if self.globals.chart_home.is_empty() { HOME } else { &self.globals.chart_home };
        if entry.version.is_empty() || entry.repo.is_empty() {
            format!("{home}/{}", entry.name)
        } else {
            format!("{home}/{}-{}/{}", entry.name, entry.version, entry.name)
        }
    }

    /// The chart: from its folder, or else from its repository.
    fn load(&self, loader: &Loader<'_>) -> Result<Loaded, Failure> {
        let entry = self.entry;
        let fail = |problem: Problem| Failure::from(problem.at(self.place.clone()));
        let limits = load::Limits::default();
        let folder = tree::join(loader.folder(), &self.folder());
        if let Some(folder) = folder.filter(|folder| loader.tree().is_folder(folder)) {
            return load::directory(loader.tree(), &folder, &limits)
                .map_err(|error| fail(Problem::Chart(error.to_string())));
        }
        if entry.repo.is_empty() {
            return Err(fail(Problem::NoChart { name: entry.name.clone(), folder: self.folder() }));
        }
        let version = ChartVersion {
            repository: entry.repo.clone(),
            name: entry.name.clone(),
            version: match (entry.version.as_str(), entry.devel) {
                // Helm's way to say: the newest, pre-releases too.
                ("", true) => ">0.0.0-0".to_owned(),
                (version, _) => version.to_owned(),
            },
        };
        let archive = loader.access().chart(&version).map_err(|absence| match absence {
            Absence::Refused => fail(Problem::RemoteChart(version.to_string())),
            Absence::NotFetched => fail(Problem::NotFetched(version.to_string())),
        })?;
        load::archive(&version.to_string(), archive, &limits).map_err(|error| fail(Problem::Chart(error.to_string())))
    }

    /// The values: those of a file or of the chart with those of the entry, and those of further files.
    fn values(&self, chart: &Chart, loader: &Loader<'_>) -> Result<crate::template::value::Map, Failure> {
        let entry = self.entry;
        let fail = |reason: String| Failure::from(Problem::Chart(reason).at(self.place.clone()));
        let base = if entry.values_file.is_empty() {
            let file = chart.raw.iter().find(|file| file.name == "values.yaml");
            file.map(|file| file.data.to_vec())
        } else {
            Some(loader.read(&entry.values_file, self.place.as_ref())?.1.to_vec())
        };
        let first = if entry.values_inline.is_empty() {
            base.ok_or_else(|| fail(format!("the chart {} has no values.yaml", entry.name)))?
        } else {
            let merged = self.merged(base.unwrap_or_default())?;
            yaml::write(&merged).into_bytes()
        };
        let name = if entry.values_file.is_empty() { "values.yaml" } else { &entry.values_file };
        let mut files = vec![ValuesFile { name: name.to_owned(), content: first }];
        for path in &entry.additional_values_files {
            let (name, content) = loader.read(path, self.place.as_ref())?;
            files.push(ValuesFile { name: name.to_string(), content: content.to_vec() });
        }
        let given = Given { files, ..Given::default() };
        given.combine(&|path| Err(format!("{path} is read by nobody"))).map_err(|error| fail(error.to_string()))
    }

    /// `valuesInline` with the values of a file, as `valuesMerge` says.
    fn merged(&self, base: Vec<u8>) -> Result<Value, Failure> {
        let entry = self.entry;
        let fail = |problem: Problem| Failure::from(problem.at(self.place.clone()));
        let inline = Value::Object(entry.values_inline.clone());
        let read = || -> Result<Value, Failure> {
            let documents = yaml::read_documents(&base, "values.yaml", Profile::Kustomize, &Limits::default())?;
            let first = documents.into_iter().next().map(|document| document.value).filter(|value| !value.is_null());
            Ok(first.unwrap_or_else(|| Value::Object(Map::new())))
        };
        let (below, above) = match entry.values_merge.as_str() {
            "replace" => return Ok(inline),
            "" | "override" => (read()?, inline),
            "merge" => (inline, read()?),
            other => return Err(fail(Problem::UnknownValuesMerge(other.to_owned()))),
        };
        let merged = strategic::apply(&below, &above, None, Dialect::Kustomize);
        let merged = merged.map_err(|error| fail(Problem::Chart(format!("its values cannot be merged: {error}"))))?;
        Ok(merged.unwrap_or_else(|| Value::Object(Map::new())))
    }
}
