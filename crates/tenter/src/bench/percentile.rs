//! Percentiles of durations.

use std::time::Duration;

/// The duration that `percent` of the sorted durations do not exceed; zero of none.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let position = (sorted.len() * percent).div_ceil(100).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(position).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank() {
        let sorted: Vec<Duration> = (1..=10).map(Duration::from_secs).collect();
        for (percent, seconds) in [(0, 1), (50, 5), (51, 6), (99, 10), (100, 10)] {
            assert_eq!(percentile(&sorted, percent), Duration::from_secs(seconds), "{percent}");
        }
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
