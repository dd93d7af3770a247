//! The least that any tool must do: apply the same objects in parallel to the same kind of server, and nothing else.

use cluster::ApplyMode;
use futures::{StreamExt, TryStreamExt};
use tokio::time::Instant;

use crate::measure::Measure;
use crate::stand::Stand;
use crate::{Outcome, Scale, fleet};

/// Name of the measure.
pub(crate) const NAME: &str = "floor: all objects applied by a bare loop";

/// How many objects are applied at once; more was not faster.
const CONCURRENCY: usize = 32;

pub(crate) async fn run(scale: Scale) -> Outcome<Vec<Measure>> {
    let stand = Stand::start().await?;
    stand.apply_all(&fleet::namespaces()).await?;
    let objects = fleet::rendered(scale.kustomizations);
    let mode = ApplyMode::forced("bench");
    let started = Instant::now();
    futures::stream::iter(objects.into_iter().map(|object| {
        let (cluster, mode) = (stand.cluster.clone(), mode.clone());
        // Tasks, so that all cores take part.
        tokio::spawn(async move { cluster.apply(&object, None, &mode).await })
    }))
    .buffer_unordered(CONCURRENCY)
    .map(|joined| -> Outcome<()> {
        joined??;
        Ok(())
    })
    .try_collect::<()>()
    .await?;
    Ok(vec![Measure::milliseconds(NAME, started.elapsed())])
}
