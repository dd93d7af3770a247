//! What the operating system says about this machine and its processes; only Linux says all of it.

use std::time::Duration;

use crate::measure::Measure;

/// `release build on linux x86_64 with 2 cores`.
pub(crate) fn describe() -> String {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{profile} build on {} {} with {cores} cores", std::env::consts::OS, std::env::consts::ARCH)
}

/// Resident memory of a process (`self` or an id) in MiB, and the most it ever was.
pub(crate) fn memory(process: &str) -> Option<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kibibytes = |field: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(field))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((kibibytes("VmRSS:")? / 1024.0, kibibytes("VmHWM:")? / 1024.0))
}

/// Processor time this process has used.
pub(crate) fn processor_time() -> Option<Duration> {
    let ticks_per_second = 100;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the command in parentheses, may hold spaces; user and system time are the 14th and 15th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / ticks_per_second))
}

/// Resident memory of this process as a measure.
pub(crate) fn resident(name: &str) -> Option<Measure> {
    memory("self").map(|(now, _)| Measure::new(name, now, "MiB"))
}
