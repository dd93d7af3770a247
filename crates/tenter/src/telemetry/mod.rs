//! What the process tells of its work: metrics to whoever asks, traces to whom they are to be sent.

pub(crate) mod metrics;
mod traces;

use std::sync::Arc;

use cluster::Cluster;
use engine::{Observer, Observers};

use self::metrics::Metrics;
use self::traces::Traces;
use crate::cli::Tracing;
use crate::error::Failure;

/// Metrics and traces of a process.
pub(crate) struct Telemetry {
    metrics: Arc<Metrics>,
    traces: Option<Arc<Traces>>,
}

impl Telemetry {
    /// Metrics, and traces if they are asked for.
    pub(crate) fn start(tracing: &Tracing) -> Result<Telemetry, Failure> {
        let endpoint = tracing.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
        let traces = endpoint.map(|endpoint| Traces::start(endpoint, &tracing.otlp_headers)).transpose()?;
        Ok(Telemetry { metrics: Arc::new(Metrics::new()), traces: traces.map(Arc::new) })
    }

    /// The metrics.
    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// The cluster on `host`, its requests counted.
    pub(crate) fn observed(&self, cluster: &Cluster, host: &str) -> Cluster {
        cluster.observed(self.metrics.clone(), host)
    }

    /// Who an engine is to tell what it does.
    pub(crate) fn observers(&self) -> Observers {
        let traces = self.traces.clone().map(|traces| traces as Arc<dyn Observer>);
        Observers::new([self.metrics.clone() as Arc<dyn Observer>].into_iter().chain(traces))
    }

    /// Sends what is left.
    pub(crate) async fn finish(self) {
        if let Some(traces) = &self.traces {
            traces.finish().await;
        }
    }
}
