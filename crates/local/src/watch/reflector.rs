//! Keeps one cache fed: list once, then watch, resuming where the watch broke off.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::api::{Api, ListParams, WatchEvent, WatchParams};
use kube::core::Status;

use super::{Store, Watched};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// Why a watch has to start over.
enum Broken {
    /// The server no longer knows the resource version: list again.
    Expired,
    /// The stream ended or failed; it resumes where it was.
    Interrupted,
}

/// Feeds `store` for ever; cancelled by dropping it.
pub(crate) async fn feed<K: Watched>(client: kube::Client, store: Arc<Store<K>>) {
    let api: Api<K> = Api::all_with(client, &());
    let mut retry = FIRST_RETRY;
    loop {
        match api.list(&ListParams::default()).await {
            Ok(list) => {
                retry = FIRST_RETRY;
                let mut version = list.metadata.resource_version.clone().unwrap_or_default();
                store.replace(list.items, version.parse().unwrap_or(0));
                while let Broken::Interrupted = follow(&api, &store, &mut version, &mut retry).await {
                    tokio::time::sleep(retry).await;
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
            Err(error) => {
                tracing::warn!(kind = %K::KIND, %error, "cannot list; trying again");
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(LAST_RETRY);
            }
        }
    }
}

async fn follow<K: Watched>(api: &Api<K>, store: &Store<K>, version: &mut String, retry: &mut Duration) -> Broken {
    let events = match api.watch(&WatchParams::default(), version).await {
        Ok(events) => events,
        Err(kube::Error::Api(status)) if expired(&status) => return Broken::Expired,
        Err(error) => {
            tracing::warn!(kind = %K::KIND, %error, "cannot watch; trying again");
            return Broken::Interrupted;
        }
    };
    futures::pin_mut!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                advance(version, object.meta().resource_version.as_deref());
                store.observe(object);
            }
            Ok(WatchEvent::Deleted(object)) => {
                advance(version, object.meta().resource_version.as_deref());
                store.observe_deleted(&object);
            }
            Ok(WatchEvent::Bookmark(bookmark)) => {
                store.bookmark(bookmark.metadata.resource_version.parse().unwrap_or(0));
                advance(version, Some(&bookmark.metadata.resource_version));
            }
            Ok(WatchEvent::Error(status)) if expired(&status) => return Broken::Expired,
            Ok(WatchEvent::Error(status)) => {
                tracing::warn!(kind = %K::KIND, message = %status.message, "the watch was refused; trying again");
                return Broken::Interrupted;
            }
            Err(error) => {
                tracing::debug!(kind = %K::KIND, %error, "the watch broke off; resuming");
                return Broken::Interrupted;
            }
        }
        *retry = FIRST_RETRY;
    }
    Broken::Interrupted
}

fn advance(version: &mut String, to: Option<&str>) {
    if let Some(to) = to.filter(|to| !to.is_empty()) {
        to.clone_into(version);
    }
}

fn expired(status: &Status) -> bool {
    status.code == 410 || status.reason == "Expired" || status.reason == "Gone"
}
