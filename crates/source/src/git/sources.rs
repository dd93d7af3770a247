//! What others call to fetch from git.

use std::sync::Arc;

use super::cancel::Cancel;
use super::fetch::Fetcher;
use crate::artifact::{Artifact, Commit, Fetched};
use crate::error::SourceError;
use crate::request::GitRequest;
use crate::sources::Sources;

impl Sources {
    /// The files of the request's reference, unless it still stands at `last_revision`: then nothing but the
    /// remote's references is asked for, and for a commit nothing at all.
    ///
    /// Give no `last_revision` when anything else that shapes the files has changed since: the ignore rules, the
    /// includes, the sparse folders or whether submodules are read.
    ///
    /// # Errors
    /// Everything in [`SourceError`] but what concerns watching. Dropping the future ends the fetch.
    pub async fn fetch(&self, request: &GitRequest, last_revision: Option<&str>) -> Result<Fetched, SourceError> {
        let last_revision = last_revision.map(str::to_owned);
        self.run(request, move |fetcher, request, cancel| fetcher.fetch(request, last_revision.as_deref(), cancel))
            .await
    }

    /// The files of a past revision of the request's repository, under the request's rules as they are now. It is
    /// fetched if it is not at hand.
    ///
    /// # Errors
    /// As [`Sources::fetch`]; [`SourceError::UnknownCommit`] for what the repository does not have (any more), and for
    /// any revision of a directory but its present one.
    pub async fn artifact_at(&self, request: &GitRequest, revision: &str) -> Result<Artifact, SourceError> {
        let revision = revision.to_owned();
        self.run(request, move |fetcher, request, cancel| fetcher.artifact_at(request, &revision, cancel)).await
    }

    /// At most `limit` commits up to the request's reference, newest first. A directory has none.
    ///
    /// # Errors
    /// As [`Sources::fetch`].
    pub async fn log(&self, request: &GitRequest, limit: usize) -> Result<Vec<Commit>, SourceError> {
        self.run(request, move |fetcher, request, cancel| fetcher.log(request, limit, cancel)).await
    }

    /// Runs blocking work within the request's timeout.
    async fn run<T: Send + 'static>(
        &self,
        request: &GitRequest,
        work: impl FnOnce(&Fetcher, &GitRequest, &Cancel) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let timed_out = || SourceError::Timeout { url: crate::url::redact(&request.url), after: request.timeout };
        let mut led = request.clone();
        led.url = self.mirrors.apply(&request.url);
        let place = self.places.take(&led.url).await;
        let cancel = Cancel::after(request.timeout);
        let _guard = cancel.guard();
        let task = tokio::task::spawn_blocking({
            let (fetcher, cancel) = (Arc::clone(&self.git), cancel.clone());
            move || {
                // Held by the thread: it goes on for a while after a fetch is given up.
                let _place = place;
                work(&fetcher, &led, &cancel)
            }
        });
        match tokio::time::timeout(request.timeout, task).await {
            Err(_elapsed) => Err(timed_out()),
            // What fails because its own share of the time is over is as late as the whole.
            Ok(Ok(Err(_))) if cancel.is_over() => Err(timed_out()),
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(SourceError::Protocol {
                    url: crate::url::redact(&request.url),
                    cause: "given up, since the process ends".to_owned(),
                }),
            },
        }
    }
}
