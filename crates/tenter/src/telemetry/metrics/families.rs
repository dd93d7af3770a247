//! The metrics that there are. `docs/metrics.md` lists them, and a test compares.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// Names and values.
pub(super) type Labels = Vec<(&'static str, String)>;

type Counters = Family<Labels, Counter<u64, AtomicU64>>;
type Seconds = Family<Labels, Histogram>;
pub(super) type Gauges = Family<Labels, Gauge<i64, AtomicI64>>;
pub(super) type Measures = Family<Labels, Gauge<f64, AtomicU64>>;

/// Of requests to the API server.
const REQUEST: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Of runs and their stages.
const RUN: [f64; 12] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
/// From a commit to what it declares.
const READY: [f64; 12] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

pub(super) struct Families {
    pub(super) reconcile_duration: Seconds,
    pub(super) condition: Gauges,
    pub(super) suspended: Gauges,
    pub(super) info: Gauges,
    pub(super) reconciles: Counters,
    pub(super) errors: Counters,
    pub(super) time: Seconds,
    pub(super) active: Gauges,
    pub(super) depth: Gauges,
    pub(super) adds: Counters,
    pub(super) queued: Seconds,
    pub(super) worked: Seconds,
    pub(super) longest: Measures,
    pub(super) unfinished: Measures,
    pub(super) requests: Counters,
    pub(super) request_duration: Seconds,
    pub(super) verbs: Counters,
    pub(super) reconnects: Counters,
    pub(super) ready: Seconds,
    pub(super) stages: Seconds,
    pub(super) objects: Counters,
    pub(super) corrected: Counters,
    pub(super) findings: Counters,
    pub(super) refused: Counters,
    pub(super) leader: Gauges,
    pub(super) build: Gauges,
    pub(super) cpu: Counter<f64, AtomicU64>,
    pub(super) resident: Gauge<f64, AtomicU64>,
    pub(super) virtual_memory: Gauge<f64, AtomicU64>,
    pub(super) started: Gauge<f64, AtomicU64>,
    pub(super) open_files: Gauge<f64, AtomicU64>,
    pub(super) most_files: Gauge<f64, AtomicU64>,
}

impl Families {
    /// All of them, in the registry.
    #[rustfmt::skip]
    pub(super) fn register(registry: &mut Registry) -> Families {
        let mut add = Adding(registry);
        Families {
            reconcile_duration: add.seconds("gotk_reconcile_duration_seconds", "How long runs of an object took", || histogram(&RUN)),
            condition: add.metric("gotk_reconcile_condition", "Whether the condition of an object has this status"),
            suspended: add.metric("gotk_suspend_status", "Whether an object is suspended"),
            info: add.metric("gotk_resource_info", "An object as it is now"),
            reconciles: add.metric("controller_runtime_reconcile", "Runs, by how they ended"),
            errors: add.metric("controller_runtime_reconcile_errors", "Runs that failed"),
            time: add.seconds("controller_runtime_reconcile_time_seconds", "How long runs took", || histogram(&RUN)),
            active: add.metric("controller_runtime_active_workers", "Tasks at work, waits for health included"),
            depth: add.metric("workqueue_depth", "Tasks that wait for a place among those at work"),
            adds: add.metric("workqueue_adds", "Turns of tasks"),
            queued: add.seconds("workqueue_queue_duration_seconds", "How long tasks waited for a place", || histogram(&RUN)),
            worked: add.seconds("workqueue_work_duration_seconds", "How long turns took", || histogram(&RUN)),
            longest: add.metric("workqueue_longest_running_processor_seconds", "For how long the longest turn has been going on"),
            unfinished: add.metric("workqueue_unfinished_work_seconds", "For how long all turns have been going on, added up"),
            requests: add.metric("rest_client_requests", "Requests to API servers, retries included"),
            request_duration: add.seconds("rest_client_request_duration_seconds", "How long answers took; of watches, their beginning", || histogram(&REQUEST)),
            verbs: add.metric("tenter_requests", "Requests to API servers, by what Kubernetes calls them"),
            reconnects: add.metric("tenter_watch_reconnects", "Connections of watches that followed another one"),
            ready: add.seconds("tenter_commit_to_ready_seconds", "From a commit, made since this process began, until what it declares is ready", || histogram(&READY)),
            stages: add.seconds("tenter_stage_seconds", "How long a stage of a run took", || histogram(&RUN)),
            objects: add.metric("tenter_objects", "Objects of finished runs, by what became of them and why"),
            corrected: add.metric("tenter_drift_corrected", "Objects that were put back as declared"),
            findings: add.metric("tenter_findings", "What rules found in objects by themselves that were rendered anew"),
            refused: add.metric("tenter_refused", "Runs that applied nothing because of errors they would bring in"),
            leader: add.metric("leader_election_master_status", "Whether this replica leads"),
            build: add.metric("tenter_build_info", "The version"),
            cpu: add.metric("process_cpu_seconds", "Processor time used"),
            resident: add.metric("process_resident_memory_bytes", "Resident memory"),
            virtual_memory: add.metric("process_virtual_memory_bytes", "Virtual memory"),
            started: add.metric("process_start_time_seconds", "When the process began, since 1970"),
            open_files: add.metric("process_open_fds", "Open files"),
            most_files: add.metric("process_max_fds", "How many files may be open"),
        }
    }
}

fn histogram(buckets: &[f64]) -> Histogram {
    Histogram::new(buckets.iter().copied())
}

/// Adds to a registry, which itself ends counters in `_total` and helps in a full stop.
struct Adding<'r>(&'r mut Registry);

impl Adding<'_> {
    fn metric<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds(&mut self, name: &str, help: &str, constructor: fn() -> Histogram) -> Seconds {
        let family = Seconds::new_with_constructor(constructor);
        self.0.register(name, help, family.clone());
        family
    }
}
