//! `completedIndexes`: `0-2,5` and back.

use std::collections::BTreeSet;

/// No index is as large as this, as the API server has it; whoever writes statuses could claim more than fits in memory.
const LIMIT: i32 = 100_000;

/// The indexes in `text`; what is no number, or too large for an index, is left out.
pub(super) fn parse(text: &str) -> BTreeSet<i32> {
    let ranges = text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (i32, i32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        Some(first.max(0)..(last.min(LIMIT - 1) + 1))
    });
    ranges.flatten().collect()
}

/// `indexes`, with ranges for runs of two and more.
pub(super) fn print(indexes: &BTreeSet<i32>) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => runs.push((*index, *index)),
        }
    }
    let runs = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    runs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_read_back_as_written() {
        for text in ["", "0", "0-2", "0-2,5", "1,3,5-9", "0,2-3"] {
            assert_eq!(print(&parse(text)), text);
        }
        assert_eq!(print(&parse("3,1,2, 7")), "1-3,7");
    }

    #[test]
    fn no_more_is_read_than_a_job_can_have() {
        assert_eq!(print(&parse("1,99998-2147483647")), "1,99998-99999");
        assert_eq!(print(&parse("-5,a,9-3,200000")), "");
    }
}
