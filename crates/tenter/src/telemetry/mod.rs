//! What the process tells of its work: metrics to whoever asks, traces to whom they are to be sent.

mod condition;
mod endpoint;
mod metrics;
mod traces;

use std::net::SocketAddr;
use std::sync::Arc;

use cluster::Cluster;
use engine::{Observer, Observers};

pub(crate) use self::condition::Condition;
pub(crate) use self::endpoint::Endpoint;
use self::metrics::Metrics;
use self::traces::Traces;
use crate::cli::Reporting;
use crate::error::Failure;

/// Metrics and traces of a process.
pub(crate) struct Telemetry {
    metrics: Arc<Metrics>,
    traces: Option<Arc<Traces>>,
    address: Option<SocketAddr>,
}

impl Telemetry {
    /// Metrics, and traces if they are asked for.
    pub(crate) fn start(reporting: &Reporting) -> Result<Telemetry, Failure> {
        let endpoint = reporting.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
        let traces = endpoint.map(|endpoint| Traces::start(endpoint, &reporting.otlp_headers)).transpose()?;
        let metrics = Arc::new(Metrics::new());
        Ok(Telemetry { metrics, traces: traces.map(Arc::new), address: reporting.health_addr })
    }

    /// Serves health and metrics, if an address is given, until what it returns is dropped.
    pub(crate) async fn serve(&self, condition: &Arc<Condition>) -> Result<Option<Endpoint>, Failure> {
        match self.address {
            Some(address) => Endpoint::serve(address, condition.clone(), self.metrics.clone()).await.map(Some),
            None => Ok(None),
        }
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
