//! What functions cost, by how large their arguments are.

use kube_cel::cel::common::ast::{Expr, LiteralValue};

use crate::cost::{Argument, Meter, Size, scaled};
use crate::functions::{CIDR, FORMAT, IP, QUANTITY, SEMVER, URL};
use crate::types::Type;

/// Steps for each character that is read.
pub(crate) const READING: f64 = 0.1;
/// Steps for each character of a regular expression, on each that it is matched with.
const MATCHING: f64 = 0.25;
/// Characters of the longest regular expression behind a named format, and of the longest format.
const LONGEST_FORMAT_PATTERN: f64 = 128.0;
const LONGEST_FORMAT: u64 = 64;
/// Bytes of the longest address.
const ADDRESS: u64 = 16;

/// What a call costs by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) steps: u64,
    /// The size of the result, where it is known.
    pub(crate) result: Option<Size>,
}

fn steps(steps: u64) -> Cost {
    Cost { steps, result: None }
}

fn reading(size: Size) -> u64 {
    scaled(size.most, READING)
}

/// The cost of one overload of a function.
pub(crate) fn cost<'a>(
    meter: &Meter<'a>,
    function: &str,
    overload: &str,
    target: Option<&Argument<'a>>,
    arguments: &[Argument<'a>],
) -> Cost {
    of_libraries(meter, function, overload, target, arguments)
        .unwrap_or_else(|| of_the_language(overload, target, arguments))
}

/// Of the functions that Kubernetes adds, or counts in its own way.
fn of_libraries<'a>(
    meter: &Meter<'a>,
    function: &str,
    overload: &str,
    target: Option<&Argument<'a>>,
    arguments: &[Argument<'a>],
) -> Option<Cost> {
    let first = arguments.first();
    let read = |argument: &Argument<'_>| steps(reading(argument.size()));
    match function {
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => {
            let target = target?;
            let Some((item, size)) = meter.items(target) else { return Some(read(target)) };
            let has_letters = matches!(item, Type::String | Type::Bytes);
            let each = if has_letters { reading(size).saturating_add(1) } else { 1 };
            Some(steps(target.size().most.saturating_mul(each)))
        }
        "url" => first.map(|text| Cost { result: Some(text.size()), ..read(text) }),
        "lowerAscii" | "upperAscii" | "substring" | "trim" => {
            target.map(|text| Cost { result: Some(text.size()), ..read(text) })
        }
        "replace" => match (target, arguments) {
            (Some(text), [from, to, ..]) => {
                let result = Some(replaced(text.size(), from.size(), to.size()));
                Some(Cost { steps: scaled(text.size().most, 2.0 * READING), result })
            }
            _ => None,
        },
        "split" => target.map(|text| {
            let most = match arguments.get(1).map(|limit| &limit.expression.expr) {
                // A negative limit counts as one that is not reached.
                Some(Expr::Literal(LiteralValue::Int(limit))) => limit.inner().cast_unsigned(),
                _ => text.size().most,
            };
            Cost { steps: scaled(text.size().most, 2.0 * READING), result: Some(Size { least: 0, most }) }
        }),
        "join" => target.map(|list| joined(meter, list, first)),
        "find" | "findAll" => target.zip(first).map(|(text, pattern)| {
            let result = Some(Size { least: 0, most: text.size().most });
            Cost { steps: matching(text.size(), pattern.size()), result }
        }),
        "ip" if overload == "cidr_ip" => Some(steps(1)),
        "ip" | "cidr" | "isIP" | "isCIDR" | "quantity" | "isQuantity" | "semver" | "isSemver" => first.map(read),
        "ip.isCanonical" => first.map(|text| steps(scaled(text.size().most, 2.0 * READING))),
        "containsIP" | "containsCIDR" => first.map(|other| {
            let compared = scaled(2 * ADDRESS, READING);
            let masked = if function == "containsCIDR" { scaled(ADDRESS, READING) + 1 } else { 0 };
            let read = if overload == "of_text" { reading(other.size()) } else { 0 };
            steps(read.saturating_add(compared + masked))
        }),
        "validate" => first.map(|text| steps(scaled(reading(text.size()), LONGEST_FORMAT_PATTERN * MATCHING))),
        "sets.contains" | "sets.intersects" | "sets.equivalent" => match arguments {
            [one, other] => {
                let times = if overload == "sets_twice" { 2.0 } else { 1.0 };
                Some(steps(scaled(one.size().times(other.size()).most, times).saturating_add(1)))
            }
            _ => None,
        },
        "_==_" => match arguments {
            [one, other] if one.ty == other.ty => same_kind(one.ty),
            _ => None,
        },
        _ => None,
    }
}

/// The cost of comparing two values of a type of the libraries.
fn same_kind(ty: &Type) -> Option<Cost> {
    if [QUANTITY, SEMVER, IP, CIDR, URL].contains(ty) {
        return Some(steps(1));
    }
    (*ty == FORMAT).then(|| steps(scaled(LONGEST_FORMAT, READING)))
}

/// How large a text is after its replacements.
fn replaced(text: Size, from: Size, to: Size) -> Size {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "as upstream counts"
    )]
    let quotient = |text: u64, from: u64| (text as f64 / from as f64).ceil() as u64;
    let (most_times, kept_at_most) = if from.least == 0 {
        (text.most.saturating_add(1), text.most)
    } else if to.most <= from.least {
        (0, text.most)
    } else {
        (quotient(text.most, from.least), 0)
    };
    let (least_times, kept_at_least) = if from.most == 0 {
        (text.least.saturating_add(1), text.least)
    } else if from.most <= to.least {
        (0, text.least)
    } else {
        (quotient(text.least, from.most), 0)
    };
    let times = Size { least: least_times, most: most_times };
    times.times(to).plus(Size { least: kept_at_least, most: kept_at_most })
}

fn joined<'a>(meter: &Meter<'a>, list: &Argument<'a>, separator: Option<&Argument<'a>>) -> Cost {
    let count = list.size();
    let mut size = meter.items(list).map_or(Size::exactly(0), |(_, item)| count.times(item));
    if let Some(separator) = separator {
        let between = Size { least: count.least.saturating_sub(1), most: count.most.saturating_sub(1) };
        size = size.plus(separator.size().times(between));
    }
    Cost { steps: reading(size), result: Some(size) }
}

/// The cost of matching a text, counted as if it had one character more, since an empty one costs too.
fn matching(text: Size, pattern: Size) -> u64 {
    let read = reading(text.plus(Size::exactly(1)));
    read.saturating_mul(scaled(pattern.most, MATCHING))
}

/// Of CEL's own functions. Most cost one step.
fn of_the_language(overload: &str, target: Option<&Argument<'_>>, arguments: &[Argument<'_>]) -> Cost {
    let read = |argument: &Argument<'_>| reading(argument.size());
    match (overload, target, arguments) {
        ("string_format", Some(text), _) => steps(read(text)),
        ("string_to_bytes", _, [text]) => {
            let size = text.size();
            let result = Some(Size { least: size.least, most: size.most.wrapping_mul(4) });
            Cost { steps: read(text), result }
        }
        ("bytes_to_string", _, [bytes]) => {
            let size = bytes.size();
            Cost { steps: read(bytes), result: Some(Size { least: size.least / 4, most: size.most }) }
        }
        ("strings_quote", _, [text]) => {
            let size = text.size();
            let most = size.most.wrapping_mul(2).wrapping_add(2);
            Cost { steps: read(text), result: Some(Size { least: size.least.wrapping_add(2), most }) }
        }
        ("affix", _, [affix]) => steps(read(affix)),
        ("in_list", _, [_, list]) => steps(list.size().most),
        ("matches_string", Some(text), [pattern]) => steps(matching(text.size(), pattern.size())),
        ("contains_string", Some(text), [part]) => steps(read(text).saturating_mul(read(part))),
        ("equals" | "not_equals" | "compared_by_letters", _, [one, other]) => {
            steps(scaled(one.size().most.min(other.size().most), READING))
        }
        _ => steps(1),
    }
}
