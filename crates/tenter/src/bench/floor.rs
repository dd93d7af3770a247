//! The least that any tool must do: apply the same objects in parallel to the same server, and nothing else.

use std::time::Duration;

use tokio::time::Instant;

use super::{Stand, workload};
use crate::error::Failure;

/// Applies what so many Kustomizations render to; the namespaces are made before and removed afterwards, untimed.
pub(crate) async fn run(stand: &Stand, count: usize) -> Result<Duration, Failure> {
    let namespaces = workload::floor_namespaces();
    stand.apply_all(namespaces.clone()).await?;
    let objects = workload::rendered(count);
    let started = Instant::now();
    stand.apply_all(objects).await?;
    let taken = started.elapsed();
    stand.remove(&namespaces).await?;
    Ok(taken)
}
