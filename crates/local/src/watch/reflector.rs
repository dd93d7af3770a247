//! Keeps one cache fed: list once, then watch, resuming where the watch broke off.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::core::{Request, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Head;
use super::store::Cache;

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// Why a watch has to start over.
enum Broken {
    /// The server no longer knows the resource version: list again.
    Expired,
    /// The stream ended or failed; it resumes where it was.
    Interrupted,
}

/// A whole collection.
#[derive(Deserialize)]
struct List<'a> {
    metadata: ListMetadata,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    resource_version: String,
}

/// Feeds `cache` for ever; cancelled by dropping it.
pub(super) async fn feed(client: kube::Client, cache: Arc<dyn Cache>) {
    let mut feed = Feed { client, cache, version: String::new(), retry: FIRST_RETRY };
    loop {
        match feed.list().await {
            Ok(()) => {
                feed.retry = FIRST_RETRY;
                while let Broken::Interrupted = feed.follow().await {
                    feed.rest().await;
                }
            }
            Err(error) => {
                tracing::warn!(kind = %feed.cache.kind(), %error, "cannot list; trying again");
                feed.rest().await;
            }
        }
    }
}

struct Feed {
    client: kube::Client,
    cache: Arc<dyn Cache>,
    /// The resource version up to which everything has been told.
    version: String,
    retry: Duration,
}

impl Feed {
    fn collection(&self) -> Request {
        Request::new(self.cache.kind().path(""))
    }

    /// Waits before another try, each time longer.
    async fn rest(&mut self) {
        tokio::time::sleep(self.retry).await;
        self.retry = (self.retry * 2).min(LAST_RETRY);
    }

    async fn list(&mut self) -> Result<(), kube::Error> {
        let request = self.collection().list(&ListParams::default()).map_err(kube::Error::BuildRequest)?;
        let text = self.client.request_text(request).await?;
        let list: List<'_> = serde_json::from_str(&text).map_err(kube::Error::SerdeError)?;
        let version = list.metadata.resource_version;
        self.cache.replace(&list.items.unwrap_or_default(), version.parse().unwrap_or(0));
        self.version = version;
        Ok(())
    }

    async fn follow(&mut self) -> Broken {
        let opened = match self.collection().watch(&WatchParams::default(), &self.version) {
            Ok(request) => self.client.request_events::<Box<RawValue>>(request).await,
            Err(error) => Err(kube::Error::BuildRequest(error)),
        };
        let events = match opened {
            Ok(events) => events,
            Err(kube::Error::Api(status)) if expired(&status) => return Broken::Expired,
            Err(error) => {
                tracing::warn!(kind = %self.cache.kind(), %error, "cannot watch; trying again");
                return Broken::Interrupted;
            }
        };
        futures::pin_mut!(events);
        while let Some(event) = events.next().await {
            match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                    self.tell(object.get(), |cache, head| cache.observe(head, object.get()));
                }
                Ok(WatchEvent::Deleted(object)) => self.tell(object.get(), |cache, head| cache.observe_deleted(head)),
                Ok(WatchEvent::Bookmark(bookmark)) => {
                    self.version = bookmark.metadata.resource_version;
                    self.cache.bookmark(self.version.parse().unwrap_or(0));
                }
                Ok(WatchEvent::Error(status)) if expired(&status) => return Broken::Expired,
                Ok(WatchEvent::Error(status)) => {
                    let kind = self.cache.kind();
                    tracing::warn!(%kind, message = %status.message, "the watch was refused; trying again");
                    return Broken::Interrupted;
                }
                Err(error) => {
                    tracing::debug!(kind = %self.cache.kind(), %error, "the watch broke off; resuming");
                    return Broken::Interrupted;
                }
            }
            self.retry = FIRST_RETRY;
        }
        Broken::Interrupted
    }

    /// Lets the cache take an object of the watch, after which the watch can resume behind it.
    fn tell(&mut self, json: &str, take: impl FnOnce(&dyn Cache, &Head<'_>)) {
        let Some(head) = Head::of_kind(self.cache.kind(), json) else { return };
        if !head.resource_version().is_empty() {
            head.resource_version().clone_into(&mut self.version);
        }
        take(&*self.cache, &head);
    }
}

fn expired(status: &Status) -> bool {
    status.code == 410 || status.reason == "Expired" || status.reason == "Gone"
}
