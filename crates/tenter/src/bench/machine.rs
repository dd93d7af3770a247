//! What the operating system says about this machine and this process; only Linux says all of it.

use std::time::Duration;

/// `release build on linux x86_64 with 2 cores`.
pub fn describe() -> String {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{profile} build on {} {} with {cores} cores", std::env::consts::OS, std::env::consts::ARCH)
}

/// The most memory of this process that was ever resident, in MiB.
pub(crate) fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

/// Processor time that this process has used.
pub fn processor_time() -> Option<Duration> {
    // Linux counts in hundredths of a second for all programs, whatever the kernel ticks by.
    let ticks_per_second = 100;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the command in parentheses, may hold spaces; user and system time are the 14th and 15th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / ticks_per_second))
}
