//! What Linux says of this process.

use std::time::{SystemTime, UNIX_EPOCH};

/// Clock ticks of `/proc` in a second: the same on every Linux that Kubernetes runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Numbers of a process.
#[derive(Debug, PartialEq)]
pub(super) struct Process {
    pub(super) cpu_seconds: f64,
    pub(super) resident_bytes: f64,
    pub(super) virtual_bytes: f64,
    pub(super) open_files: f64,
    pub(super) most_files: f64,
}

impl Process {
    /// This one; none where there is no `/proc`.
    pub(super) fn read() -> Option<Process> {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
        Process::parse(&read("/proc/self/stat")?, &read("/proc/self/status")?, &read("/proc/self/limits")?, open)
    }

    fn parse(stat: &str, status: &str, limits: &str, open: usize) -> Option<Process> {
        // The name stands in parentheses and may hold anything. Behind it, user and system time are the 12th and 13th.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(|field| field.parse::<f64>().ok());
        let ticks = fields.next()?? + fields.next()??;
        let bytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
        };
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        Some(Process {
            cpu_seconds: ticks / TICKS_PER_SECOND,
            resident_bytes: bytes("VmRSS:")?,
            virtual_bytes: bytes("VmSize:")?,
            open_files: u32::try_from(open).ok()?.into(),
            // `unlimited` is no number.
            most_files: files.split_whitespace().next()?.parse().unwrap_or(f64::INFINITY),
        })
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_read_as_linux_writes_it() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 100 1000 500";
        let status = "Name:\ta\nVmSize:\t    4096 kB\nVmRSS:\t    2048 kB\nThreads:\t9\n";
        let limits = "Max processes             95000      95000     processes\n\
                      Max open files            1024       4096      files\n";
        let expected = Process {
            cpu_seconds: 3.0,
            resident_bytes: 2_097_152.0,
            virtual_bytes: 4_194_304.0,
            open_files: 12.0,
            most_files: 1024.0,
        };
        assert_eq!(Process::parse(stat, status, limits, 12), Some(expected));
        assert_eq!(Process::parse("7 (a) S", status, limits, 12), None);
    }
}
