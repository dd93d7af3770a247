//! Load balancing.

use std::collections::HashSet;

use mesh::Field;

use super::super::durations;
use super::super::problem::Problems;
use super::locality::{self, Outliers};
use super::{number, objects};

/// More entries than this no table of Maglev has in Envoy.
const LARGEST_TABLE: i64 = 5_000_011;

/// Istio's `LoadBalancerSettings`; failover needs the detection of outliers.
pub(super) fn check<'w>(balancer: Field<'w>, outliers: Outliers, problems: &mut Problems<'w>) {
    if let Some(hash) = balancer.get("consistentHash") {
        consistent_hash(hash, problems);
    }
    if let Some(utilization) = balancer.get("backendUtilization") {
        for name in ["weightExpirationPeriod", "weightStabilizationPeriod", "weightUpdatePeriod"] {
            durations::check_notation(utilization, name, problems);
        }
    }
    let zones = balancer.get("zoneAwareLbSetting");
    if let (Some(_), Some(zones)) = (balancer.get("localityLbSetting"), zones) {
        problems.error(zones, "a load balancer can have `localityLbSetting` or `zoneAwareLbSetting`, not both");
    }
    if let Some(localities) = balancer.get("localityLbSetting") {
        locality::check(localities, outliers, problems);
    }
    if let Some(zones) = zones {
        locality::check_zones(zones, outliers, problems);
    }
    durations::check(balancer, "warmupDurationSecs", problems);
    let Some(warmup) = balancer.get("warmup") else { return };
    if warmup.get("duration").is_none() {
        problems.error(warmup, "`warmup` needs `duration`");
    }
    durations::check(warmup, "duration", problems);
    if let (Some(field), Some(percent)) = (warmup.get("minimumPercent"), number(warmup, "minimumPercent"))
        && percent > 100.0
    {
        problems.error(field, format!("`minimumPercent` is {percent}, and must be at most 100"));
    }
    if let (Some(field), Some(aggression)) = (warmup.get("aggression"), number(warmup, "aggression"))
        && aggression <= 0.0
    {
        problems.error(field, format!("`aggression` is {aggression}, and must be greater than 0"));
    }
}

fn consistent_hash<'w>(hash: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(cookie) = hash.get("httpCookie") {
        if cookie.text("name").is_empty() {
            problems.error(cookie, "`httpCookie` needs a name");
        }
        durations::check_notation(cookie, "ttl", problems);
        let mut names = HashSet::new();
        for attribute in objects(cookie, "attributes") {
            let name = attribute.text("name");
            if name.is_empty() {
                problems.error(attribute, "an attribute of `httpCookie` needs a name");
            } else if !names.insert(name) {
                problems.error(attribute, format!("`httpCookie` has the attribute `{name}` twice"));
            }
        }
    }
    let least = hash.integer("minimumRingSize").unwrap_or_default();
    if let Some(field) = hash.get("minimumRingSize").filter(|_| least != 0) {
        problems.warning(field, "`minimumRingSize` is deprecated here; write it in `ringHash`");
        if hash.get("ringHash").is_some() || hash.get("maglev").is_some() {
            problems.error(field, "`minimumRingSize` excludes `ringHash` and `maglev`");
        }
    }
    if let Some(maglev) = hash.get("maglev") {
        let size = maglev.integer("tableSize").unwrap_or_default();
        let field = maglev.get("tableSize").unwrap_or(maglev);
        if size == 0 {
            problems.error(field, "`maglev` needs `tableSize`");
        } else if size >= LARGEST_TABLE {
            problems.error(field, format!("`tableSize` is {size}, and must be below {LARGEST_TABLE}"));
        } else if !is_prime(size) {
            problems.error(field, format!("`tableSize` is {size}, and must be a prime number"));
        }
    }
}

/// Whether a small number is prime; as Envoy asks, for which 1 is.
fn is_prime(number: i64) -> bool {
    number > 0
        && (number < 4
            || number % 2 != 0
                && (3..).step_by(2).take_while(|factor| factor * factor <= number).all(|factor| number % factor != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_those_of_envoy() {
        let primes: Vec<i64> = (-1..30).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        assert!(is_prime(65_537) && !is_prime(65_539 * 3) && is_prime(5_000_011));
    }
}
