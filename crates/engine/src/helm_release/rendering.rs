//! The render stage: a chart and values to what Helm stores of a release.

use std::sync::Arc;

use futures::future::join_all;
use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{CrdPolicy, ServerSideApply};
use manifest::Value;
use render::helm::chart::Chart;
use render::helm::release::{
    CustomResources, Hook as RenderedHook, LiveObjects, Lookups, Operation, Options, Release as Identity, RenderError,
    Rendered, Rules, SchemaChecks, render,
};
use render::helm::storage::{self, Hook, Info, Release};
use render::template::value::Value as TemplateValue;
use render::template::{Environment, Seeded};
use serde_json::Map;

use super::crds::{self, Served};
use super::halt::Halt;
use super::run::Run;
use super::time::now;
use super::{capabilities, post_render};
use crate::clock;
use crate::timeline::Stage;

/// How often templates may ask for objects: what one answer makes them ask next is rarely more than one step away.
pub(super) const LOOKUP_ROUNDS: usize = 8;

/// What is rendered, and for whom.
pub(super) struct Order<'a> {
    pub(super) release: &'a HelmRelease,
    pub(super) chart: &'a Arc<Chart>,
    pub(super) values: Map<String, Value>,
    pub(super) identity: Identity,
    /// When the first revision was made; now, if this is it.
    pub(super) first_deployed: Option<String>,
    /// How Helm is told that the revision was applied.
    pub(super) apply_method: &'static str,
}

/// Helm takes this for a server-side apply, which its own later rollback then is, too: it fails where others own fields,
/// as we do, unless it is told to force conflicts.
pub(super) const SERVER_SIDE: &str = "ssa";

/// Helm takes this for a three-way merge, and does one in a later rollback by hand, whoever owns fields.
pub(super) const MERGED: &str = "csa";

/// How Helm is told that a revision was applied which follows `before`, or goes back to it.
pub(super) fn apply_method(asked: ServerSideApply, before: &str) -> &'static str {
    match asked {
        ServerSideApply::Enabled => SERVER_SIDE,
        ServerSideApply::Auto if before == SERVER_SIDE => SERVER_SIDE,
        ServerSideApply::Auto | ServerSideApply::Disabled => MERGED,
    }
}

/// Renders a revision, as it is stored while it is being made. The chart's own definitions of resources are applied
/// before, so that templates know them.
pub(super) async fn revision(run: &Run<'_>, order: Order<'_>) -> Result<Release, Halt> {
    let policy = match order.identity.operation {
        Operation::Install => order.release.spec.install.crds,
        Operation::Upgrade => order.release.spec.upgrade.crds,
    };
    let timeline = &run.work.timeline;
    let count =
        |rendered: &Result<Rendered, _>| rendered.as_ref().map_or(0, |rendered| rendered.sorted.documents.len());
    let mut rendered = timeline.during_counted(Stage::Render, chart(run, &order), count).await?;
    if policy != CrdPolicy::Skip && !rendered.chart.crds().is_empty() {
        let definitions = crds::read(&rendered.chart.crds()).map_err(Halt::Manifest)?;
        if crds::apply(run, definitions, policy).await? == Served::Anew {
            rendered = timeline.during_counted(Stage::Render, chart(run, &order), count).await?;
        }
    }
    stored(order, rendered)
}

/// Renders, as often as templates ask for objects that are not known yet.
async fn chart(run: &Run<'_>, order: &Order<'_>) -> Result<Rendered, Halt> {
    let capabilities = capabilities::of(&run.work.cluster).await?;
    let mut lookups = Lookups::default();
    let (started, seed) = (clock::timestamp(), seed()?);
    for _ in 0..LOOKUP_ROUNDS {
        let options = Options {
            rules: Rules::V4,
            live_objects: LiveObjects::Known(Arc::new(lookups.clone())),
            schema_checks: schema_checks(order),
            ..Options::default()
        };
        let building = run.work.engine.build_permit().await;
        let rendered = crate::blocking::compute(|| {
            // Every round has the same time and entropy: what is asked must not differ from round to round.
            let environment = Environment::new(started, Box::new(Seeded::new(seed)));
            let TemplateValue::Map(given) = TemplateValue::from_json(&Value::Object(order.values.clone())) else {
                unreachable!("a table is read as a map");
            };
            let chart = Chart::clone(order.chart);
            match render(chart, &given, &order.identity, &capabilities, &options, environment) {
                Ok(rendered) => post_render::apply(order.release, rendered).map(Ok),
                Err(RenderError::Lookups(asked)) => Ok(Err(asked)),
                Err(error) => Err(Halt::Render(format!("{error}; {}", error.hint()))),
            }
        });
        drop(building);
        let asked = match rendered? {
            Ok(rendered) => return Ok(rendered),
            Err(asked) => asked,
        };
        let answers = join_all(asked.iter().map(|query| capabilities::answer(&run.work.cluster, query))).await;
        asked.into_iter().zip(answers).for_each(|(query, answer)| lookups.insert(query, answer));
    }
    Err(Halt::Render(format!(
        "templates look up further objects after {LOOKUP_ROUNDS} rounds of answers; look at what their names depend on"
    )))
}

fn schema_checks(order: &Order<'_>) -> SchemaChecks {
    let spec = &order.release.spec;
    let skipped = match order.identity.operation {
        Operation::Install => spec.install.disable_schema_validation,
        Operation::Upgrade => spec.upgrade.disable_schema_validation,
    };
    if skipped { SchemaChecks::Skipped } else { SchemaChecks::Enforced }
}

pub(super) fn seed() -> Result<[u8; 32], Halt> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Halt::Render(format!("the system gives no random bytes: {error}")))?;
    Ok(seed)
}

/// What is stored of a revision that is being made.
fn stored(order: Order<'_>, rendered: Rendered) -> Result<Release, Halt> {
    let now = now();
    let (status, description) = match order.identity.operation {
        Operation::Install => ("pending-install", "Initial install underway"),
        Operation::Upgrade => ("pending-upgrade", "Preparing upgrade"),
    };
    let unstorable = |error: serde_json::Error| Halt::Storage(error.to_string());
    let hooks: Result<Vec<Hook>, Halt> = rendered.sorted.hooks.iter().map(hook).collect();
    Ok(Release {
        info: Info {
            first_deployed: Some(order.first_deployed.unwrap_or_else(|| now.clone())),
            last_deployed: Some(now),
            status: status.to_owned(),
            description: description.to_owned(),
            notes: rendered.notes.clone(),
            ..Info::default()
        },
        chart: Some(storage::Chart::of(&rendered.chart).map_err(unstorable)?),
        config: order.values,
        manifest: rendered.manifest(CustomResources::Exclude),
        hooks: hooks?,
        name: order.identity.name,
        version: order.identity.revision,
        namespace: order.identity.namespace,
        apply_method: order.apply_method.to_owned(),
        ..Release::default()
    })
}

fn hook(hook: &RenderedHook) -> Result<Hook, Halt> {
    let json = serde_json::to_value(hook).and_then(serde_json::from_value);
    json.map_err(|error| Halt::Storage(error.to_string()))
}
