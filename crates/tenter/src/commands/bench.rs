//! `tenter bench`: what a sync costs on an API server, next to what it must cost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use manifest::{Value, yaml};
use serde_json::json;

use super::Context;
use crate::bench::mean_time::{self, Conditions, Cost, MeanTime, Worker};
use crate::bench::workload::{self, Release, Workload};
use crate::bench::{Stand, Tally, describe, floor};
use crate::cli::{Bench, Floor, MeanTimeToProduction, Measured};
use crate::error::Failure;
use crate::output::{self, Table};
use crate::place;
use crate::scratch_repository::ScratchRepository;
use crate::view::Listing;

/// Measures and prints.
pub(crate) async fn run(context: &Context, arguments: Bench) -> Result<ExitCode, Failure> {
    match arguments.what {
        Measured::Mttp(arguments) => mean_time_to_production(context, &arguments).await?,
        Measured::Floor(Floor { objects }) => {
            let taken = floor::run(&stand(context).await?, objects).await?;
            let report = || Report { floor: Some(taken), objects, ..Report::default() };
            output::print_as(context.output(), || report().value(), || report().table())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn mean_time_to_production(context: &Context, arguments: &MeanTimeToProduction) -> Result<(), Failure> {
    let workload = |url: String| Workload { kind: arguments.kind, count: arguments.objects, url };
    if let (Some(folder), Some(url)) = (&arguments.export, &arguments.source_url) {
        return export(folder, &workload(url.clone()));
    }
    let worker = if arguments.external { Worker::Theirs } else { Worker::Ours };
    if worker == Worker::Theirs && !context.names_cluster() {
        return Err(Failure::Usage(
            "--external: name the cluster whose controller is measured with --kubeconfig".into(),
        ));
    }
    let stand = stand(context).await?;
    stand.apply_all(workload::dummy_definitions(arguments.dummy_definitions)).await?;
    let floor = if arguments.floor {
        output::error("► the floor: a bare loop");
        Some(floor::run(&stand, arguments.objects).await?)
    } else {
        None
    };
    output::error("► install, upgrade, reconcile");
    let (url, _repository) = match &arguments.source_url {
        Some(url) => (url.clone(), None),
        None => {
            let repository = repository().await?;
            (format!("file://{}", repository.path().display()), Some(repository))
        }
    };
    let conditions = Conditions { worker, patience: arguments.timeout.0, idle: arguments.idle.0 };
    let measured = mean_time::run(&stand, &workload(url), conditions).await?;
    stand.remove(&workload::dummy_definitions(arguments.dummy_definitions)).await?;
    let report = Report { floor, measured: Some(measured), objects: arguments.objects };
    output::print_as(context.output(), || report.value(), || report.table())
}

/// The cluster of --kubeconfig, or one in this process. Nobody's current cluster is filled with objects by mistake.
async fn stand(context: &Context) -> Result<Stand, Failure> {
    if !context.names_cluster() {
        return Stand::embedded().await;
    }
    let stand = Stand::around(context.client_and_host().await?.0);
    // A cluster made for this has no kinds of Flux; where there are some, they stay as they are.
    if Listing::Kustomization.served(&stand.own).await?.is_none() {
        place::define(&stand.own, &kinds::crd::flux()).await?;
    }
    Ok(stand)
}

/// A git repository with both states of the files, each under its tag.
async fn repository() -> Result<ScratchRepository, Failure> {
    let first: Vec<(&str, String)> = Release::First.files();
    let files: Vec<(&str, &str)> = first.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let repository = ScratchRepository::create("bench", &files, "Add the application").await?;
    repository.tag(Release::First.tag()).await?;
    for (path, text) in Release::Second.files() {
        repository.write(path, &text)?;
    }
    repository.commit("Release the next version").await?;
    repository.tag(Release::Second.tag()).await?;
    Ok(repository)
}

/// Writes everything that another tool needs to do the same work.
fn export(folder: &Path, workload: &Workload) -> Result<(), Failure> {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        let failed = |source| Failure::Write { path: path.clone(), source };
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        fs::write(&path, text).map_err(failed)
    };
    for release in [Release::First, Release::Second] {
        for (path, text) in release.files() {
            write(&format!("repository/{}/{path}", release.tag()), &text)?;
        }
    }
    for (name, objects) in [
        ("1-setup.yaml", workload::home().into_iter().chain(workload::account()).collect()),
        ("2-sources.yaml", workload.sources(Release::First)),
        ("3-install.yaml", workload.appliers()),
        ("4-upgrade.yaml", workload.sources(Release::Second)),
    ] {
        write(name, &yaml::write_documents(&objects))?;
    }
    output::error(&format!(
        "{}: commit repository/{} and tag it, then the other; apply the files in their order, waiting in between",
        folder.display(),
        Release::First.tag()
    ));
    Ok(())
}

/// Requests by verb.
fn counts(tally: &Tally) -> BTreeMap<&'static str, u64> {
    tally.asked().collect()
}

/// What is printed.
#[derive(Debug, Default)]
struct Report {
    objects: usize,
    floor: Option<Duration>,
    measured: Option<MeanTime>,
}

impl Report {
    fn value(&self) -> Value {
        let cost = |cost: &Cost| {
            json!({
                "seconds": cost.finished.all.as_secs_f64(),
                "p50Seconds": cost.finished.p50.as_secs_f64(),
                "p99Seconds": cost.finished.p99.as_secs_f64(),
                "timesTheFloor": self.ratio(cost),
                "processorSeconds": cost.used.as_ref().and_then(|used| used.processor).map(|time| time.as_secs_f64()),
                "requests": cost.used.as_ref().map(|used| counts(&used.requests)),
            })
        };
        let mut value = json!({
            "machine": describe(),
            "objects": self.objects,
            "floorSeconds": self.floor.map(|time| time.as_secs_f64()),
        });
        if let Some(measured) = &self.measured {
            value["install"] = cost(&measured.install);
            value["upgrade"] = cost(&measured.upgrade);
            value["resync"] = cost(&measured.resync);
            value["idleRequests"] = json!(measured.idle.as_ref().map(counts));
            value["peakMemoryMiB"] = json!(measured.peak_memory);
        }
        value
    }

    fn table(&self) -> String {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let floor = self
            .floor
            .map_or(String::new(), |time| format!("\nfloor: {} for the same objects by a bare loop\n", seconds(time)));
        let mut text =
            format!("{}, {} with {} objects each\n{floor}", describe(), self.objects, workload::OBJECTS_EACH);
        let Some(measured) = &self.measured else { return text };
        let objects = (self.objects * workload::OBJECTS_EACH).max(1) as f64;
        let mut table = Table::new(["STEP", "TIME", "P50", "P99", "TIMES FLOOR", "CPU", "REQUESTS", "PER OBJECT"]);
        for (name, cost) in
            [("install", &measured.install), ("upgrade", &measured.upgrade), ("resync", &measured.resync)]
        {
            table.row([
                name.to_owned(),
                seconds(cost.finished.all),
                seconds(cost.finished.p50),
                seconds(cost.finished.p99),
                or_dash(self.ratio(cost).map(|ratio| format!("{ratio:.2}"))),
                or_dash(cost.used.as_ref().and_then(|used| used.processor).map(seconds)),
                or_dash(cost.used.as_ref().map(|used| used.requests.total().to_string())),
                or_dash(cost.used.as_ref().map(|used| format!("{:.2}", used.requests.total() as f64 / objects))),
            ]);
        }
        text.push_str(&format!("\n{table}"));
        let mut requests = Table::new(["STEP", "REQUESTS", "COUNT"]);
        let of = |cost: &'_ Cost| cost.used.as_ref().map(|used| used.requests.clone());
        for (name, tally) in [
            ("install", of(&measured.install)),
            ("upgrade", of(&measured.upgrade)),
            ("resync", of(&measured.resync)),
            ("idle", measured.idle.clone()),
        ] {
            for (verb, count) in tally.iter().flat_map(Tally::asked) {
                requests.row([name.to_owned(), verb.to_owned(), count.to_string()]);
            }
        }
        if !requests.is_empty() {
            text.push_str(&format!("\n{requests}"));
        }
        if let Some(peak) = measured.peak_memory {
            text.push_str(&format!("\npeak memory of this process: {peak:.0} MiB\n"));
        }
        text
    }

    fn ratio(&self, cost: &Cost) -> Option<f64> {
        self.floor.map(|floor| cost.finished.all.as_secs_f64() / floor.as_secs_f64())
    }
}
