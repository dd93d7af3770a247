//! Networks with exceptions: NetworkAuthentication, EgressNetwork, and the clients of ServerAuthorization.

use core::net::IpAddr;

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::objects;

pub(super) fn check_authentication<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    required(subject.spec(), problems);
    check_list(subject.spec(), problems);
}

pub(super) fn check_egress<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    if subject.spec().get("networks").is_some() {
        required(subject.spec(), problems);
    }
    check_list(subject.spec(), problems);
}

fn required<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    if spec.list("networks").len() == 0 {
        problems.error(spec.get("networks").unwrap_or(spec), "`networks` names no network");
    }
}

/// The list `networks`: ranges, with exceptions that lie within them and leave something.
pub(super) fn check_list<'w>(around: Field<'w>, problems: &mut Problems<'w>) {
    for network in objects(around, "networks") {
        let text = network.text("cidr");
        let Some(range) = Range::read(text) else {
            problems.error(
                network.get("cidr").unwrap_or(network),
                format!("`{text}` is no range of addresses, and no address"),
            );
            continue;
        };
        for except in network.list("except") {
            let text_of_exception = except.as_str().unwrap_or_default();
            match Range::read(text_of_exception) {
                None => {
                    problems.error(except, format!("`{text_of_exception}` is no range of addresses, and no address"))
                }
                Some(exception) if exception.contains(range) => {
                    problems.error(except, format!("the exception `{text_of_exception}` leaves nothing of `{text}`"));
                }
                Some(exception) if !range.contains(exception) => {
                    problems.error(except, format!("the exception `{text_of_exception}` is no part of `{text}`"));
                }
                Some(_) => {}
            }
        }
    }
}

/// A range of addresses; one address is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    /// The address, aligned to 128 bits.
    bits: u128,
    /// How many of its first bits count.
    length: u32,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Four,
    Six,
}

impl Range {
    fn read(text: &str) -> Option<Range> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let (bits, family, most) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, Family::Four, 32),
            IpAddr::V6(address) => (address.to_bits(), Family::Six, 128),
        };
        let length = length.map_or(Some(most), |length| length.parse().ok())?;
        (length <= most).then_some(Range { bits, length, family })
    }

    fn contains(self, other: Range) -> bool {
        let differing = (self.bits ^ other.bits).checked_shr(128 - self.length).unwrap_or_default();
        self.family == other.family && self.length <= other.length && differing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_lie_within_others() {
        for (outer, inner, expect) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "fd00::/8", true),
        ] {
            let range = |text| Range::read(text).expect("a range");
            assert_eq!(range(outer).contains(range(inner)), expect, "{outer} {inner}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "host"] {
            assert_eq!(Range::read(text), None, "{text}");
        }
    }
}
