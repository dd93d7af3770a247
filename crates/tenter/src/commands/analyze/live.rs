//! What a cluster holds of the kinds that rules look at.

use std::sync::Arc;

use cluster::{Cluster, ClusterError, Scope, Selector};
use futures::{StreamExt, TryStreamExt};
use manifest::{Manifest, Origin};
use mesh::KindName;

use crate::error::Failure;

/// How many kinds are listed at once.
const AT_ONCE: usize = 8;

/// Every object of the cluster whose kind means something to the mesh; kinds that are not served have none.
pub(super) async fn objects(cluster: &Cluster) -> Result<Vec<Arc<Manifest>>, Failure> {
    let listed: Vec<Vec<Arc<Manifest>>> =
        futures::stream::iter(mesh::kind::ALL).map(|kind| list(cluster, *kind)).buffered(AT_ONCE).try_collect().await?;
    Ok(listed.into_iter().flatten().collect())
}

async fn list(cluster: &Cluster, kind: KindName) -> Result<Vec<Arc<Manifest>>, Failure> {
    let served = match cluster.preferred(kind.group(), kind.kind()).await {
        Ok(served) => served,
        Err(ClusterError::NoSuchKind { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let objects = cluster.list(&served.gvk, &Scope::Cluster, &Selector::all()).await?;
    let read = objects.into_iter().filter_map(|object| Manifest::new(object, Origin::default()).ok());
    Ok(read.map(Arc::new).collect())
}
