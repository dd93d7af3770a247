//! What Prometheus is told of the process. Names are those that client libraries and controller-runtime use.

use std::fmt::Write;

use super::condition::{Condition, Standing};

/// Clock ticks of `/proc` in a second: the same on every Linux that Kubernetes runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// In the text format.
pub(super) fn text(condition: &Condition) -> String {
    let mut text = String::new();
    let leads = u8::from(condition.standing() == Standing::Leading);
    let version = env!("CARGO_PKG_VERSION");
    let mut write = |name: &str, kind: &str, help: &str, labels: &str, value: f64| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{labels} {value}");
    };
    let lease = format!("{{name=\"{}\"}}", condition.lease());
    write("leader_election_master_status", "gauge", "Whether this replica leads.", &lease, f64::from(leads));
    write("tenter_build_info", "gauge", "The version.", &format!("{{version=\"{version}\"}}"), 1.0);
    if let Some(process) = Process::read() {
        write("process_cpu_seconds_total", "counter", "CPU time used.", "", process.cpu_seconds);
        write("process_resident_memory_bytes", "gauge", "Resident memory.", "", process.resident_bytes);
    }
    text
}

/// What Linux says of this process.
#[derive(Debug, PartialEq)]
struct Process {
    cpu_seconds: f64,
    resident_bytes: f64,
}

impl Process {
    fn read() -> Option<Process> {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        Process::parse(&read("/proc/self/stat")?, &read("/proc/self/status")?)
    }

    fn parse(stat: &str, status: &str) -> Option<Process> {
        // The name stands in parentheses and may hold anything. Behind it, user and system time are the 12th and 13th.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(|field| field.parse::<f64>().ok());
        let ticks = fields.next()?? + fields.next()??;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = resident.split_whitespace().next()?.parse().ok()?;
        Some(Process { cpu_seconds: ticks / TICKS_PER_SECOND, resident_bytes: kilobytes * 1024.0 })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn leadership_is_told_in_the_words_of_controller_runtime() {
        let condition = Condition::new("tenter".to_owned());
        condition.leads();
        let told: Vec<String> =
            text(&condition).lines().filter(|line| line.contains("leader")).map(str::to_owned).collect();
        expect![[r#"
            # HELP leader_election_master_status Whether this replica leads.
            # TYPE leader_election_master_status gauge
            leader_election_master_status{name="tenter"} 1"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn the_process_is_read_as_linux_writes_it() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 100 1000 500";
        let status = "Name:\ta\nVmRSS:\t    2048 kB\nThreads:\t9\n";
        let expected = Process { cpu_seconds: 3.0, resident_bytes: 2_097_152.0 };
        assert_eq!(Process::parse(stat, status), Some(expected));
        assert_eq!(Process::parse("7 (a) S", status), None);
    }
}
