//! The functions of PromQL and what they take.

use super::Kind;

/// The type of each argument, how many of them must be given, and what comes back. Where as many as one likes may be given,
/// `last` repeats.
pub(super) struct Signature {
    pub(super) arguments: &'static [Kind],
    pub(super) required: usize,
    pub(super) repeats: bool,
    pub(super) result: Kind,
}

const fn new(arguments: &'static [Kind], required: usize, result: Kind) -> Signature {
    Signature { arguments, required, repeats: false, result }
}

/// The signature of a function.
pub(super) fn find(name: &str) -> Option<Signature> {
    use Kind::{Range, Scalar, Text, Vector};
    Some(match name {
        "time" | "pi" => new(&[], 0, Scalar),
        "scalar" => new(&[Vector], 1, Scalar),
        "vector" => new(&[Scalar], 1, Vector),
        "abs" | "absent" | "acos" | "acosh" | "asin" | "asinh" | "atan" | "atanh" | "ceil" | "cos" | "cosh" | "deg"
        | "exp" | "floor" | "histogram_avg" | "histogram_count" | "histogram_stddev" | "histogram_stdvar"
        | "histogram_sum" | "ln" | "log10" | "log2" | "rad" | "sgn" | "sin" | "sinh" | "sort" | "sort_desc"
        | "sqrt" | "tan" | "tanh" | "timestamp" => new(&[Vector], 1, Vector),
        "day_of_month" | "day_of_week" | "day_of_year" | "days_in_month" | "hour" | "minute" | "month" | "year" => {
            new(&[Vector], 0, Vector)
        }
        "absent_over_time"
        | "avg_over_time"
        | "changes"
        | "count_over_time"
        | "delta"
        | "deriv"
        | "first_over_time"
        | "idelta"
        | "increase"
        | "irate"
        | "last_over_time"
        | "mad_over_time"
        | "max_over_time"
        | "min_over_time"
        | "present_over_time"
        | "rate"
        | "resets"
        | "stddev_over_time"
        | "stdvar_over_time"
        | "sum_over_time"
        | "ts_of_first_over_time"
        | "ts_of_last_over_time"
        | "ts_of_max_over_time"
        | "ts_of_min_over_time" => new(&[Range], 1, Vector),
        "quantile_over_time" => new(&[Scalar, Range], 2, Vector),
        "predict_linear" => new(&[Range, Scalar], 2, Vector),
        "double_exponential_smoothing" | "holt_winters" => new(&[Range, Scalar, Scalar], 3, Vector),
        "clamp" => new(&[Vector, Scalar, Scalar], 3, Vector),
        "clamp_max" | "clamp_min" => new(&[Vector, Scalar], 2, Vector),
        "round" => new(&[Vector, Scalar], 1, Vector),
        "histogram_quantile" => new(&[Scalar, Vector], 2, Vector),
        "histogram_fraction" => new(&[Scalar, Scalar, Vector], 3, Vector),
        "info" => new(&[Vector, Vector], 1, Vector),
        "label_replace" => new(&[Vector, Text, Text, Text, Text], 5, Vector),
        "label_join" => Signature { repeats: true, ..new(&[Vector, Text, Text, Text], 3, Vector) },
        "sort_by_label" | "sort_by_label_desc" => Signature { repeats: true, ..new(&[Vector, Text], 1, Vector) },
        _ => return None,
    })
}

/// What an aggregation takes before the vector, if `name` is one.
pub(super) fn aggregation(name: &str) -> Option<Option<Kind>> {
    Some(match name {
        "avg" | "count" | "group" | "max" | "min" | "stddev" | "stdvar" | "sum" => None,
        "bottomk" | "limit_ratio" | "limitk" | "quantile" | "topk" => Some(Kind::Scalar),
        "count_values" => Some(Kind::Text),
        _ => return None,
    })
}
