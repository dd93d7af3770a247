//! One trace for each commit, sent as OTLP: JSON over HTTP, which every receiver of OTLP takes.

mod export;
mod span;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use engine::Observation;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use self::export::Exporter;
use crate::error::Failure;

/// How many spans may wait to be sent. Further ones are dropped: a receiver that is away must cost nothing.
const MOST_WAITING: usize = 4096;

/// How long the end of the process waits for the last spans.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// Sends spans.
pub(super) struct Traces {
    spans: mpsc::Sender<Value>,
    end: std::sync::Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Traces {
    /// Sends to `endpoint`, with headers written as `a=b,c=d`.
    pub(super) fn start(endpoint: &str, headers: &str) -> Result<Traces, Failure> {
        let exporter = Exporter::new(endpoint, headers).map_err(Failure::Usage)?;
        let (spans, waiting) = mpsc::channel(MOST_WAITING);
        let end = std::sync::Arc::new(Notify::new());
        let task = tokio::spawn(exporter.run(waiting, end.clone()));
        Ok(Traces { spans, end, task: Mutex::new(Some(task)) })
    }

    /// Sends what waits, if that does not take long.
    pub(super) async fn finish(&self) {
        self.end.notify_one();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(task) = task else { return };
        if tokio::time::timeout(FINISH_WITHIN, task).await.is_err() {
            tracing::warn!("the last traces could not be sent in time");
        }
    }
}

impl engine::Observer for Traces {
    fn observe(&self, observation: &Observation<'_>) {
        let Observation::Ran(ran) = observation else { return };
        for span in span::spans(ran) {
            if self.spans.try_send(span).is_err() {
                tracing::debug!("a span is dropped: the receiver of traces does not keep up");
            }
        }
    }
}
