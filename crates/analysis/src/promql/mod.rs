//! Whether a text is a PromQL expression that Prometheus would run: its grammar, its functions and the types of their
//! arguments. What it yields is not computed here.

mod function;
mod lexer;
mod parser;

pub(crate) use lexer::is_duration;

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number.
    Scalar,
    /// A text.
    Text,
    /// One sample for every series.
    Vector,
    /// Many samples for every series: `metric[5m]`.
    Range,
}

impl Kind {
    /// As Prometheus calls it.
    fn name(self) -> &'static str {
        match self {
            Kind::Scalar => "scalar",
            Kind::Text => "string",
            Kind::Vector => "instant vector",
            Kind::Range => "range vector",
        }
    }
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// A character that begins nothing.
    #[error("`{0}` begins nothing that PromQL knows")]
    Character(char),
    /// A text whose end is missing.
    #[error("a quoted text does not end")]
    OpenText,
    /// Something else than what must stand there.
    #[error("{wanted} is missing {}", before(.found))]
    Missing {
        /// What must stand there.
        wanted: &'static str,
        /// What stands there; empty for the end.
        found: String,
    },
    /// A function that does not exist.
    #[error("there is no function `{0}`")]
    Function(String),
    /// Too many or too few arguments.
    #[error("`{function}` does not take {given} arguments")]
    Arguments {
        /// The function.
        function: String,
        /// How many were given.
        given: usize,
    },
    /// An operand or argument of the wrong type.
    #[error("{place} must be {}, not {}", wanted.name(), found.name())]
    Type {
        /// Which operand or argument.
        place: String,
        /// What it must be.
        wanted: Kind,
        /// What it is.
        found: Kind,
    },
    /// Nothing that could select anything.
    #[error("a selector needs a metric or a matcher that does not match the empty text")]
    EmptySelector,
    /// Too deeply nested.
    #[error("the expression is nested too deeply")]
    Depth,
}

fn before(found: &str) -> String {
    if found.is_empty() { "at the end".to_owned() } else { format!("before `{found}`") }
}

/// What an expression yields.
///
/// # Errors
///
/// The first thing for which Prometheus would refuse it.
pub(crate) fn check(text: &str) -> Result<Kind, Problem> {
    parser::Parser::new(lexer::tokens(text)?).whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fine(text: &str, kind: Kind) {
        assert_eq!(check(text), Ok(kind), "{text}");
    }

    #[track_caller]
    fn wrong(text: &str, problem: &str) {
        assert_eq!(check(text).map_err(|problem| problem.to_string()), Err(problem.to_owned()), "{text}");
    }

    #[test]
    fn expressions_that_prometheus_runs() {
        for (text, kind) in [
            ("1", Kind::Scalar),
            ("-1.5e3 + 0x1f * Inf", Kind::Scalar),
            ("up", Kind::Vector),
            ("{__name__=~\"a.*\", job!=''}", Kind::Vector),
            ("job:requests:rate5m{a=\"1\",}", Kind::Vector),
            ("up[5m]", Kind::Range),
            ("up[1h30m:1m] offset -5m", Kind::Range),
            ("up offset 5m @ 1609746000.5", Kind::Vector),
            ("up @ end()", Kind::Vector),
            ("sum(rate(http_requests_total{code!~\"5.*\"}[1m])) by (le) # errors", Kind::Vector),
            ("sum by (a, b) (up) / on(a) group_left(b) sum without () (up)", Kind::Vector),
            ("histogram_quantile(0.99, sum(rate(x_bucket[30s])) by (le))", Kind::Vector),
            ("topk(3, up) > bool 1", Kind::Vector),
            ("1 > bool 2", Kind::Scalar),
            ("a and b unless on(x) c or vector(0)", Kind::Vector),
            ("-a ^ 2", Kind::Vector),
            ("label_replace(up, \"a\", \"$1\", `b`, '(.*)')", Kind::Vector),
            ("round(up, 0.1) * 100 - time()", Kind::Vector),
            ("sum(sum_over_time(up[5m])) or on() vector(0)", Kind::Vector),
            ("count_values(\"v\", up)", Kind::Vector),
            ("sum", Kind::Vector),
            ("by{on=\"1\"}", Kind::Vector),
            ("days_in_month()", Kind::Vector),
        ] {
            fine(text, kind);
        }
    }

    #[test]
    fn expressions_that_prometheus_refuses() {
        for (text, problem) in [
            ("", "an expression is missing at the end"),
            ("sum(rate(x[1m])", "`)` is missing at the end"),
            ("rate(x[])", "a duration is missing before `]`"),
            ("rate(x)", "the argument 1 of `rate` must be range vector, not instant vector"),
            ("sum(x[1m])", "the argument of `sum` must be instant vector, not range vector"),
            ("x[1m] + 1", "an operand of `+` must be instant vector, not range vector"),
            ("rat(x[1m])", "there is no function `rat`"),
            ("vector()", "`vector` does not take 0 arguments"),
            ("{}", "a selector needs a metric or a matcher that does not match the empty text"),
            ("x{a=b}", "a quoted text is missing before `b`"),
            ("x{a=\"b}", "a quoted text does not end"),
            ("a b", "an operator is missing before `b`"),
            ("a ~ b", "`~` begins nothing that PromQL knows"),
            ("1 > 2", "`bool` is missing before `2`"),
            ("1 and a", "an operand of `and` must be instant vector, not scalar"),
            ("a / on b", "`(` is missing before `b`"),
            ("(a)[5m]", "a step is missing before `]`"),
            ("topk(up)", "`topk` does not take 1 arguments"),
        ] {
            wrong(text, problem);
        }
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        assert_eq!(check(&"(".repeat(100_000)), Err(Problem::Depth));
        assert_eq!(check(&"-".repeat(100_000)), Err(Problem::Depth));
    }
}
