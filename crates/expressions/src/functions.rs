//! The functions that expressions may call: CEL's own, and the libraries that kube-apiserver 1.34 gives to new definitions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::Type;

pub(crate) const QUANTITY: Type = Type::Library("kubernetes.Quantity");
pub(crate) const URL: Type = Type::Library("kubernetes.URL");
pub(crate) const IP: Type = Type::Library("net.IP");
pub(crate) const CIDR: Type = Type::Library("net.CIDR");
pub(crate) const FORMAT: Type = Type::Library("kubernetes.NamedFormat");
pub(crate) const SEMVER: Type = Type::Library("kubernetes.Semver");

/// Type parameters of signatures.
const A: Type = Type::Variable(0);
const B: Type = Type::Variable(1);

/// Whether a function is called on a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `value.function()`
    Member,
    /// `function(value)`
    Global,
}

/// One way to call a function.
#[derive(Debug)]
pub(crate) struct Overload {
    /// By what its costs are told; empty where they do not depend on the overload.
    pub(crate) id: &'static str,
    pub(crate) style: Style,
    /// The value it is called on comes first.
    pub(crate) parameters: Vec<Type>,
    pub(crate) result: Type,
}

/// All functions by name.
#[derive(Debug, Default)]
pub(crate) struct Functions(HashMap<&'static str, Vec<Overload>>);

impl Functions {
    /// What kube-apiserver knows.
    pub(crate) fn all() -> &'static Functions {
        static ALL: LazyLock<Functions> = LazyLock::new(|| {
            let mut functions = Functions::default();
            operators(&mut functions);
            comparisons(&mut functions);
            arithmetic(&mut functions);
            conversions(&mut functions);
            times(&mut functions);
            texts(&mut functions);
            lists(&mut functions);
            optionals(&mut functions);
            kubernetes(&mut functions);
            networks(&mut functions);
            functions
        });
        &ALL
    }

    /// How all of them are called, but for operators.
    #[cfg(test)]
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'static str, Style)> {
        let named = self.0.iter().filter(|(name, _)| name.starts_with(|first: char| first.is_ascii_alphabetic()));
        named.flat_map(|(name, overloads)| overloads.iter().map(|overload| (*name, overload.style)))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&[Overload]> {
        self.0.get(name).map(Vec::as_slice)
    }

    fn add<const N: usize>(
        &mut self,
        name: &'static str,
        id: &'static str,
        style: Style,
        takes: [Type; N],
        result: Type,
    ) {
        let overload = Overload { id, style, parameters: takes.into(), result };
        self.0.entry(name).or_default().push(overload);
    }

    fn global<const N: usize>(&mut self, name: &'static str, takes: [Type; N], result: Type) {
        self.add(name, "", Style::Global, takes, result);
    }

    fn member<const N: usize>(&mut self, name: &'static str, takes: [Type; N], result: Type) {
        self.add(name, "", Style::Member, takes, result);
    }
}

fn operators(functions: &mut Functions) {
    let list = || Type::list(A);
    let map = || Type::map(A, B);
    functions.add("_?_:_", "conditional", Style::Global, [Type::Bool, A, A], A);
    functions.add("_&&_", "logical_and", Style::Global, [Type::Bool, Type::Bool], Type::Bool);
    functions.add("_||_", "logical_or", Style::Global, [Type::Bool, Type::Bool], Type::Bool);
    functions.global("!_", [Type::Bool], Type::Bool);
    functions.global("@not_strictly_false", [Type::Bool], Type::Bool);
    functions.add("_==_", "equals", Style::Global, [A, A], Type::Bool);
    functions.add("_!=_", "not_equals", Style::Global, [A, A], Type::Bool);
    functions.add("_[_]", "index_list", Style::Global, [list(), Type::Int], A);
    functions.add("_[_]", "index_map", Style::Global, [map(), A], B);
    functions.global("_[_]", [Type::optional(list()), Type::Int], Type::optional(A));
    functions.global("_[_]", [Type::optional(map()), A], Type::optional(B));
    functions.global("_[?_]", [list(), Type::Int], Type::optional(A));
    functions.global("_[?_]", [map(), A], Type::optional(B));
    functions.global("_[?_]", [Type::optional(list()), Type::Int], Type::optional(A));
    functions.global("_[?_]", [Type::optional(map()), A], Type::optional(B));
    functions.add("@in", "in_list", Style::Global, [A, list()], Type::Bool);
    functions.global("@in", [A, map()], Type::Bool);
    for sized in [Type::String, Type::Bytes, list(), map()] {
        functions.global("size", [sized.clone()], Type::Int);
        functions.member("size", [sized], Type::Int);
    }
    functions.global("type", [A], Type::Named(Box::new(A)));
    functions.global("dyn", [A], Type::Dyn);
}

fn comparisons(functions: &mut Functions) {
    let numbers = [Type::Int, Type::Uint, Type::Double];
    for name in ["_<_", "_<=_", "_>_", "_>=_"] {
        for one in &numbers {
            for other in &numbers {
                functions.global(name, [one.clone(), other.clone()], Type::Bool);
            }
        }
        for scalar in [Type::Bool, Type::Timestamp, Type::Duration] {
            functions.global(name, [scalar.clone(), scalar], Type::Bool);
        }
        for text in [Type::String, Type::Bytes] {
            functions.add(name, "compared_by_letters", Style::Global, [text.clone(), text], Type::Bool);
        }
    }
}

fn arithmetic(functions: &mut Functions) {
    for number in [Type::Int, Type::Uint, Type::Double] {
        for name in ["_+_", "_-_", "_*_", "_/_"] {
            functions.global(name, [number.clone(), number.clone()], number.clone());
        }
    }
    for number in [Type::Int, Type::Uint] {
        functions.global("_%_", [number.clone(), number.clone()], number);
    }
    for number in [Type::Int, Type::Double] {
        functions.global("-_", [number.clone()], number);
    }
    functions.add("_+_", "add_string", Style::Global, [Type::String, Type::String], Type::String);
    functions.add("_+_", "add_bytes", Style::Global, [Type::Bytes, Type::Bytes], Type::Bytes);
    functions.add("_+_", "add_list", Style::Global, [Type::list(A), Type::list(A)], Type::list(A));
    for name in ["_+_", "_-_"] {
        functions.global(name, [Type::Duration, Type::Duration], Type::Duration);
        functions.global(name, [Type::Timestamp, Type::Duration], Type::Timestamp);
    }
    functions.global("_+_", [Type::Duration, Type::Timestamp], Type::Timestamp);
    functions.global("_-_", [Type::Timestamp, Type::Timestamp], Type::Duration);
}

fn conversions(functions: &mut Functions) {
    let mut to = |name: &'static str, result: Type, from: &[Type]| {
        for from in from {
            let id = match (&result, from) {
                (Type::Bytes, Type::String) => "string_to_bytes",
                (Type::String, Type::Bytes) => "bytes_to_string",
                _ => "",
            };
            functions.add(name, id, Style::Global, [from.clone()], result.clone());
        }
    };
    to("bool", Type::Bool, &[Type::Bool, Type::String]);
    to("bytes", Type::Bytes, &[Type::Bytes, Type::String]);
    to("double", Type::Double, &[Type::Double, Type::Int, Type::String, Type::Uint]);
    to("duration", Type::Duration, &[Type::Duration, Type::Int, Type::String]);
    to("int", Type::Int, &[Type::Int, Type::Double, Type::Duration, Type::String, Type::Timestamp, Type::Uint]);
    to("timestamp", Type::Timestamp, &[Type::Timestamp, Type::Int, Type::String]);
    to("uint", Type::Uint, &[Type::Uint, Type::Double, Type::Int, Type::String]);
    let shown = [
        Type::String,
        Type::Bool,
        Type::Bytes,
        Type::Double,
        Type::Duration,
        Type::Int,
        Type::Timestamp,
        Type::Uint,
        IP,
        CIDR,
    ];
    to("string", Type::String, &shown);
}

fn times(functions: &mut Functions) {
    const OF_DATES: [&str; 6] = ["getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate", "getDayOfWeek"];
    const OF_CLOCKS: [&str; 4] = ["getHours", "getMinutes", "getSeconds", "getMilliseconds"];
    for name in OF_DATES.into_iter().chain(OF_CLOCKS) {
        functions.member(name, [Type::Timestamp], Type::Int);
        functions.member(name, [Type::Timestamp, Type::String], Type::Int);
    }
    for name in OF_CLOCKS {
        functions.member(name, [Type::Duration], Type::Int);
    }
}

fn texts(functions: &mut Functions) {
    const S: Type = Type::String;
    functions.add("contains", "contains_string", Style::Member, [S, S], Type::Bool);
    functions.add("startsWith", "affix", Style::Member, [S, S], Type::Bool);
    functions.add("endsWith", "affix", Style::Member, [S, S], Type::Bool);
    functions.add("matches", "matches_string", Style::Member, [S, S], Type::Bool);
    functions.global("matches", [S, S], Type::Bool);
    functions.member("charAt", [S, Type::Int], S);
    for name in ["indexOf", "lastIndexOf"] {
        functions.member(name, [S, S], Type::Int);
        functions.member(name, [S, S, Type::Int], Type::Int);
    }
    for name in ["lowerAscii", "upperAscii", "trim"] {
        functions.member(name, [S], S);
    }
    functions.member("replace", [S, S, S], S);
    functions.member("replace", [S, S, S, Type::Int], S);
    functions.member("split", [S, S], Type::list(S));
    functions.member("split", [S, S, Type::Int], Type::list(S));
    functions.member("substring", [S, Type::Int], S);
    functions.member("substring", [S, Type::Int, Type::Int], S);
    functions.add("format", "string_format", Style::Member, [S, Type::list(Type::Dyn)], S);
    functions.add("strings.quote", "strings_quote", Style::Global, [S], S);
    functions.member("join", [Type::list(S)], S);
    functions.member("join", [Type::list(S), S], S);
    functions.member("find", [S, S], S);
    functions.member("findAll", [S, S], Type::list(S));
    functions.member("findAll", [S, S, Type::Int], Type::list(S));
}

fn lists(functions: &mut Functions) {
    let ordered =
        [Type::Int, Type::Uint, Type::Double, Type::Bool, Type::Duration, Type::Timestamp, Type::String, Type::Bytes];
    for item in ordered {
        functions.member("isSorted", [Type::list(item.clone())], Type::Bool);
        functions.member("max", [Type::list(item.clone())], item.clone());
        functions.member("min", [Type::list(item.clone())], item.clone());
        if matches!(item, Type::Int | Type::Uint | Type::Double | Type::Duration) {
            functions.member("sum", [Type::list(item.clone())], item);
        }
    }
    functions.member("indexOf", [Type::list(A), A], Type::Int);
    functions.member("lastIndexOf", [Type::list(A), A], Type::Int);
    functions.add("sets.contains", "sets", Style::Global, [Type::list(A), Type::list(A)], Type::Bool);
    functions.add("sets.intersects", "sets", Style::Global, [Type::list(A), Type::list(A)], Type::Bool);
    functions.add("sets.equivalent", "sets_twice", Style::Global, [Type::list(A), Type::list(A)], Type::Bool);
}

fn optionals(functions: &mut Functions) {
    let optional = || Type::optional(A);
    functions.global("optional.of", [A], optional());
    functions.global("optional.ofNonZeroValue", [A], optional());
    functions.global("optional.none", [], optional());
    functions.member("value", [optional()], A);
    functions.member("hasValue", [optional()], Type::Bool);
    functions.member("or", [optional(), optional()], optional());
    functions.member("orValue", [optional(), A], A);
    functions.member("first", [Type::list(A)], optional());
    functions.member("last", [Type::list(A)], optional());
    functions.global("optional.unwrap", [Type::list(optional())], Type::list(A));
    functions.member("unwrapOpt", [Type::list(optional())], Type::list(A));
}

fn kubernetes(functions: &mut Functions) {
    const S: Type = Type::String;
    functions.global("quantity", [S], QUANTITY);
    functions.global("isQuantity", [S], Type::Bool);
    functions.global("sign", [QUANTITY], Type::Int);
    functions.member("asApproximateFloat", [QUANTITY], Type::Double);
    functions.member("asInteger", [QUANTITY], Type::Int);
    functions.member("isInteger", [QUANTITY], Type::Bool);
    for name in ["add", "sub"] {
        functions.member(name, [QUANTITY, QUANTITY], QUANTITY);
        functions.member(name, [QUANTITY, Type::Int], QUANTITY);
    }
    for of in [QUANTITY, SEMVER] {
        functions.member("isGreaterThan", [of.clone(), of.clone()], Type::Bool);
        functions.member("isLessThan", [of.clone(), of.clone()], Type::Bool);
        functions.member("compareTo", [of.clone(), of], Type::Int);
    }
    functions.global("semver", [S], SEMVER);
    functions.global("semver", [S, Type::Bool], SEMVER);
    functions.global("isSemver", [S], Type::Bool);
    functions.global("isSemver", [S, Type::Bool], Type::Bool);
    for name in ["major", "minor", "patch"] {
        functions.member(name, [SEMVER], Type::Int);
    }
    functions.global("format.named", [S], Type::optional(FORMAT));
    functions.member("validate", [FORMAT, S], Type::optional(Type::list(S)));
    for name in [
        "format.dns1123Label",
        "format.dns1123Subdomain",
        "format.dns1035Label",
        "format.qualifiedName",
        "format.dns1123LabelPrefix",
        "format.dns1123SubdomainPrefix",
        "format.dns1035LabelPrefix",
        "format.labelValue",
        "format.uri",
        "format.uuid",
        "format.byte",
        "format.date",
        "format.datetime",
    ] {
        functions.global(name, [], FORMAT);
    }
}

fn networks(functions: &mut Functions) {
    const S: Type = Type::String;
    functions.global("url", [S], URL);
    functions.global("isURL", [S], Type::Bool);
    for name in ["getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"] {
        functions.member(name, [URL], S);
    }
    functions.member("getQuery", [URL], Type::map(S, Type::list(S)));
    functions.global("ip", [S], IP);
    functions.global("isIP", [S], Type::Bool);
    functions.global("ip.isCanonical", [S], Type::Bool);
    functions.member("family", [IP], Type::Int);
    for name in ["isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast"] {
        functions.member(name, [IP], Type::Bool);
    }
    functions.global("cidr", [S], CIDR);
    functions.global("isCIDR", [S], Type::Bool);
    functions.add("ip", "cidr_ip", Style::Member, [CIDR], IP);
    functions.member("prefixLength", [CIDR], Type::Int);
    functions.member("masked", [CIDR], CIDR);
    for (name, of) in [("containsIP", IP), ("containsCIDR", CIDR)] {
        functions.add(name, "of_text", Style::Member, [CIDR, S], Type::Bool);
        functions.member(name, [CIDR, of], Type::Bool);
    }
}
