//! `completedIndexes`: `0-2,5` and back.

use std::collections::BTreeSet;

/// The indexes in `text`; what is no number is left out.
pub(super) fn parse(text: &str) -> BTreeSet<i32> {
    let ranges = text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<i32>().ok()?..=last.trim().parse::<i32>().ok()?)
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
}
