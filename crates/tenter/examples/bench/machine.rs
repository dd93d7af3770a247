//! What the operating system says about this machine and its processes; only Linux says all of it.

use crate::measure::Measure;

/// Resident memory of a process (`self` or an id) in MiB, and the most it ever was.
pub(crate) fn memory(process: &str) -> Option<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kibibytes = |field: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(field))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((kibibytes("VmRSS:")? / 1024.0, kibibytes("VmHWM:")? / 1024.0))
}

/// Resident memory of this process as a measure.
pub(crate) fn resident(name: &str) -> Option<Measure> {
    memory("self").map(|(now, _)| Measure::new(name, now, "MiB"))
}
