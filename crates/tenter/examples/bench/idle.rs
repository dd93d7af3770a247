//! What it costs to do nothing.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Scale;
use crate::measure::{Measure, Target};
use crate::stand::Stand;
use tenter::bench::machine;

/// Requests that follow on what was just done must be over before idleness begins.
const QUIET: Duration = Duration::from_secs(2);

pub(crate) async fn run(stand: &Stand, scale: Scale) -> Vec<Measure> {
    let mut before = stand.requests.tally().total();
    loop {
        sleep(QUIET).await;
        let now = stand.requests.tally().total();
        if now == before {
            break;
        }
        before = now;
    }
    let watches = stand.requests.tally().watches();
    let (processor, begun) = (machine::processor_time(), Instant::now());
    sleep(scale.idle).await;
    let seconds = begun.elapsed().as_secs_f64();
    let used = processor.zip(machine::processor_time()).map(|(before, after)| after.saturating_sub(before));
    let mut measures = vec![
        Measure::new("seconds idle", seconds.round(), "s"),
        Measure::new("requests while idle, but watches", (stand.requests.tally().total() - before) as f64, "")
            .with(Target::AtMost(0.0)),
        Measure::new("watches begun while idle", (stand.requests.tally().watches() - watches) as f64, ""),
    ];
    measures.extend(used.map(|used| {
        Measure::new("processor time while idle", 100.0 * used.as_secs_f64() / seconds, "% of a core")
            .with(Target::AtMost(1.0))
    }));
    measures
}
