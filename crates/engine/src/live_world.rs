//! What a cluster holds of the kinds that mean something to a mesh.

use std::sync::Arc;

use cluster::{Cluster, ClusterError, Scope, Selector};
use futures::{StreamExt, TryStreamExt};
use manifest::{Manifest, Origin};
use mesh::KindName;

/// How many kinds are listed at once.
const AT_ONCE: usize = 8;

/// Every object of the cluster whose kind rules look at; kinds that are not served have none.
///
/// # Errors
/// What the API server says if it refuses a list or does not answer: a world with holes would be full of false findings.
pub async fn live_objects(cluster: &Cluster) -> Result<Vec<Arc<Manifest>>, ClusterError> {
    let lists =
        futures::stream::iter(mesh::kind::ALL.iter().copied()).map(|kind| list(cluster, kind)).buffered(AT_ONCE);
    let listed: Vec<Vec<Arc<Manifest>>> = lists.try_collect().await?;
    Ok(listed.into_iter().flatten().collect())
}

async fn list(cluster: &Cluster, kind: KindName) -> Result<Vec<Arc<Manifest>>, ClusterError> {
    let served = match cluster.preferred(kind.group(), kind.kind()).await {
        Ok(served) => served,
        Err(ClusterError::NoSuchKind { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let objects = cluster.list(&served.gvk, &Scope::Cluster, &Selector::all()).await?;
    let read = objects.into_iter().filter_map(|object| Manifest::new(object, Origin::default()).ok());
    Ok(read.map(Arc::new).collect())
}
