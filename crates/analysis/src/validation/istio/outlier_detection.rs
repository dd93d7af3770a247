//! When a host that fails is left out for a while.

use mesh::Field;

use super::super::durations;
use super::super::problem::Problems;

/// Istio's `OutlierDetection`.
pub(in super::super) fn check<'w>(outliers: Field<'w>, problems: &mut Problems<'w>) {
    durations::check(outliers, "baseEjectionTime", problems);
    durations::check(outliers, "interval", problems);
    if let Some(field) = outliers.get("consecutiveErrors").filter(|_| outliers.integer("consecutiveErrors") != Some(0))
    {
        problems.warning(
            field,
            "`consecutiveErrors` is deprecated; write `consecutive5xxErrors` or `consecutiveGatewayErrors`",
        );
    }
    let local = outliers.integer("consecutiveLocalOriginFailures").unwrap_or_default();
    if let (Some(field), true) =
        (outliers.get("consecutiveLocalOriginFailures"), local > 0 && !outliers.flag("splitExternalLocalOriginErrors"))
    {
        let message = "`consecutiveLocalOriginFailures` counts only with `splitExternalLocalOriginErrors: true`";
        problems.error(field, message);
    }
    for name in ["maxEjectionPercent", "minHealthPercent"] {
        let percent = outliers.integer(name).unwrap_or_default();
        if let Some(field) = outliers.get(name).filter(|_| !(0..=100).contains(&percent)) {
            problems.error(field, format!("`{name}` is {percent}, and must be from 0 to 100"));
        }
    }
}
