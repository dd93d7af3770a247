//! Charts and values of HelmReleases: from what was rendered, the folders given, the network and the cluster.

use std::sync::Arc;

use cluster::Cluster;
use engine::chart_preview::{self, Found, NoChart};
use engine::helm_release::{Preview, halt, merge_values, preview, value_references};
use kinds::flux::helm_chart::ChartSourceKind;
use kinds::flux::helm_release::{ChartReferenceKind, ReleaseChart};
use kinds::flux::{HelmChart, HelmRelease, HelmRepository, OciRepository, ReadError};
use manifest::Value;
use plan::release::{ChartDecision, chart_decision};
use render::helm::chart::Chart;
use source::Sources;

use super::{ChartReach, Folders, Rendered, live};
use crate::error::Failure;
use crate::view::Listing;

/// Why there is no preview.
pub(super) enum Gap {
    /// The chart cannot be had here.
    Absent(String),
    /// Something is wrong.
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Gap {
    fn from(failure: F) -> Gap {
        Gap::Failed(failure.into())
    }
}

fn no_chart(error: NoChart) -> Gap {
    Gap::Absent(error.to_string())
}

fn unreadable(error: ReadError) -> Gap {
    Gap::Failed(Failure::Halted(error.to_string()))
}

fn halted(halt: halt::Halt) -> Gap {
    Gap::Failed(match halt {
        halt::Halt::Manifest(diagnostics) => Failure::Build(diagnostics),
        other => Failure::Halted(other.to_string()),
    })
}

/// Where charts and values are looked for.
pub(super) struct Search<'a> {
    pub(super) cluster: Option<&'a Cluster>,
    pub(super) rendered: &'a Rendered,
    pub(super) folders: &'a mut Folders,
    pub(super) sources: &'a Sources,
    pub(super) charts: ChartReach,
}

impl Search<'_> {
    /// What the release would apply.
    pub(super) async fn preview(&mut self, release: &HelmRelease) -> Result<Preview, Gap> {
        if release.spec.kube_config.is_some() {
            return Err(Gap::Absent("it is for another cluster (spec.kubeConfig)".to_owned()));
        }
        let mut release = release.clone();
        let metadata = &release.metadata;
        // What was installed is known to the cluster alone.
        if let Some(there) = live(self.cluster, Listing::HelmRelease, &metadata.namespace, &metadata.name).await? {
            release.status = HelmRelease::read(&there).map_err(unreadable)?.status;
        }
        let found = self.rendered.or_live(self.cluster, value_references(&release)).await?;
        let values = merge_values(&release, &found).map_err(halted)?;
        let chart = self.chart(&release).await?;
        preview(&release, &chart, &values, self.cluster).await.map_err(halted)
    }

    async fn chart(&mut self, release: &HelmRelease) -> Result<Chart, Gap> {
        let invalid = |error| halted(halt::Halt::Invalid(error));
        match release.chart().map_err(invalid)? {
            ReleaseChart::Template(_) => match chart_decision(release) {
                ChartDecision::Apply { object, .. } => self.template(&object).await,
                ChartDecision::None | ChartDecision::Delete(..) => Err(Gap::Absent("it is being deleted".to_owned())),
            },
            ReleaseChart::Reference(reference) => {
                let namespace = reference.namespace(&release.metadata);
                match reference.kind {
                    ChartReferenceKind::HelmChart => {
                        let object = self.object(Listing::HelmChart, namespace, &reference.name).await?;
                        self.of(&object, HelmChart::read(&object).map_err(unreadable)?).await
                    }
                    ChartReferenceKind::OciRepository => {
                        self.may_fetch()?;
                        let object = self.object(Listing::OciRepository, namespace, &reference.name).await?;
                        let repository = OciRepository::read(&object).map_err(unreadable)?;
                        let secrets = self.secrets(&[&object]).await?;
                        chart_preview::of_registry(self.sources, &repository, secrets).await.map_err(no_chart)
                    }
                    ChartReferenceKind::ExternalArtifact => {
                        Err(Gap::Absent("its chart is an ExternalArtifact, which others make".to_owned()))
                    }
                }
            }
        }
    }

    /// The chart of a HelmChart that is made for a release, in the state that it has in the cluster.
    async fn template(&mut self, object: &Value) -> Result<Chart, Gap> {
        let mut chart = HelmChart::read(object).map_err(unreadable)?;
        let metadata = &mut chart.metadata;
        metadata.generation = 1;
        if let Some(there) = live(self.cluster, Listing::HelmChart, &metadata.namespace, &metadata.name).await? {
            let there = HelmChart::read(&there).map_err(unreadable)?;
            metadata.generation = there.metadata.generation;
            chart.status = there.status;
        }
        self.of(object, chart).await
    }

    async fn of(&mut self, object: &Value, chart: HelmChart) -> Result<Chart, Gap> {
        let (kind, name, namespace) =
            (chart.spec.source_ref.kind, &chart.spec.source_ref.name, &chart.metadata.namespace);
        match kind {
            ChartSourceKind::HelmRepository => {
                self.may_fetch()?;
                let source = self.object(Listing::HelmRepository, namespace, name).await?;
                let repository = HelmRepository::read(&source).map_err(unreadable)?;
                let secrets = self.secrets(&[object, &source]).await?;
                chart_preview::of_repository(self.sources, &chart, &repository, secrets).await.map_err(no_chart)
            }
            ChartSourceKind::GitRepository | ChartSourceKind::Bucket => {
                let Some(files) = self.folders.of(kind.name(), namespace, name)?.cloned() else {
                    let named = format!("{}/{namespace}/{name}", kind.name());
                    return Err(Gap::Absent(format!(
                        "its chart is in {named}, which is not among the files given; name its folder with \
                         --local-sources {named}=FOLDER"
                    )));
                };
                chart_preview::of_files(self.sources, &chart, &files).await.map_err(no_chart)
            }
        }
    }

    /// Whether a chart may be fetched.
    fn may_fetch(&self) -> Result<(), Gap> {
        match self.charts {
            ChartReach::Anywhere => Ok(()),
            ChartReach::Files => Err(Gap::Absent("its chart has to be fetched".to_owned())),
        }
    }

    /// A source, rendered or in the cluster.
    async fn object(&self, listing: Listing, namespace: &str, name: &str) -> Result<Arc<Value>, Gap> {
        let found = self.rendered.find(self.cluster, listing, namespace, name).await?;
        found.ok_or_else(|| {
            let beside = if self.cluster.is_some() { " or in the cluster" } else { "" };
            Gap::Absent(format!("{} {namespace}/{name} is not among what is built{beside}", listing.kind()))
        })
    }

    /// The Secrets that objects refer to.
    async fn secrets(&self, objects: &[&Value]) -> Result<Found, Failure> {
        let references = objects.iter().flat_map(|object| chart_preview::secret_references(object)).collect();
        self.rendered.or_live(self.cluster, references).await
    }
}
