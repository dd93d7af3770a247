//! The functions of the language itself.

mod compare;
mod escape;
mod index;

pub(crate) use escape::query_escape;

use super::error::Failure;
use super::exec::{Parameter, Slot};
use super::format;
use super::value::{Text, Type, Value};

/// A function of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Html,
    Index,
    Slice,
    Js,
    Len,
    Not,
    Or,
    Print,
    Printf,
    Println,
    UrlQuery,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<Builtin> {
    Some(match name {
        "and" => Builtin::And,
        "call" => Builtin::Call,
        "html" => Builtin::Html,
        "index" => Builtin::Index,
        "slice" => Builtin::Slice,
        "js" => Builtin::Js,
        "len" => Builtin::Len,
        "not" => Builtin::Not,
        "or" => Builtin::Or,
        "print" => Builtin::Print,
        "printf" => Builtin::Printf,
        "println" => Builtin::Println,
        "urlquery" => Builtin::UrlQuery,
        "eq" => Builtin::Eq,
        "ge" => Builtin::Ge,
        "gt" => Builtin::Gt,
        "le" => Builtin::Le,
        "lt" => Builtin::Lt,
        "ne" => Builtin::Ne,
        _ => return None,
    })
}

const REFLECTED: Parameter = Parameter::Reflected;
const ANY: Parameter = Parameter::Of(Type::Any);

impl Builtin {
    /// The parameters that must be given, and what further ones are.
    pub(crate) fn signature(self) -> (&'static [Parameter], Option<Parameter>) {
        match self {
            Builtin::And | Builtin::Or | Builtin::Call | Builtin::Index | Builtin::Slice | Builtin::Eq => {
                (&[REFLECTED], Some(REFLECTED))
            }
            Builtin::Len | Builtin::Not => (&[REFLECTED], None),
            Builtin::Ne | Builtin::Lt | Builtin::Le | Builtin::Gt | Builtin::Ge => (&[REFLECTED, REFLECTED], None),
            Builtin::Html | Builtin::Js | Builtin::UrlQuery | Builtin::Print | Builtin::Println => (&[], Some(ANY)),
            Builtin::Printf => (&[Parameter::Of(Type::String)], Some(ANY)),
        }
    }

    /// The result for arguments that fit the signature. `and`, `or` and `call` need more than values: the executor
    /// takes care of them.
    pub(crate) fn apply(self, arguments: &[Slot]) -> Result<Slot, Failure> {
        let first = arguments.first().cloned().unwrap_or(Slot::Invalid);
        let second = arguments.get(1).cloned().unwrap_or(Slot::Invalid);
        let rest = arguments.get(1..).unwrap_or_default();
        let boolean = |result: Result<bool, Failure>| result.map(|value| Slot::Plain(Value::Bool(value)));
        match self {
            Builtin::Index => index::index(first, rest),
            Builtin::Slice => index::slice(first, rest),
            Builtin::Len => index::length(&first),
            Builtin::Not => boolean(Ok(!first.value().is_true())),
            Builtin::Eq => boolean(compare::equal(&first, rest)),
            Builtin::Ne => boolean(compare::equal(&first, rest).map(|equal| !equal)),
            Builtin::Lt => boolean(compare::less(&first, &second)),
            Builtin::Le => boolean(compare::less_or_equal(&first, &second)),
            Builtin::Gt => boolean(compare::less_or_equal(&first, &second).map(|less_or_equal| !less_or_equal)),
            Builtin::Ge => boolean(compare::less(&first, &second).map(|less| !less)),
            Builtin::Html => Ok(text(escape::html(&printed(arguments)))),
            Builtin::Js => Ok(text(escape::javascript(&printed(arguments)))),
            Builtin::UrlQuery => Ok(text(query_escape(&printed(arguments)))),
            Builtin::Print => Ok(text(format::sprint(&values(arguments)))),
            Builtin::Println => Ok(text(format::sprintln(&values(arguments)))),
            Builtin::Printf => {
                let format = match first.value() {
                    Value::String(text) => text.clone(),
                    _ => Text::from(""),
                };
                Ok(text(format::sprintf(&format, &values(rest))))
            }
            Builtin::And | Builtin::Or | Builtin::Call => Ok(first),
        }
    }
}

/// `call`: no value is a function.
pub(crate) fn call(callee: &str, arguments: &[Slot]) -> Result<Slot, Failure> {
    match arguments.first().map(Slot::value) {
        None | Some(Value::Nil) => Err(Failure::message("call of nil")),
        Some(value) => Err(Failure::message(format!("non-function {callee} of type {}", value.type_name()))),
    }
}

fn text(bytes: Vec<u8>) -> Slot {
    Slot::Plain(Value::string(bytes))
}

fn values(arguments: &[Slot]) -> Vec<Value> {
    arguments.iter().map(|slot| slot.value().clone()).collect()
}

/// The arguments as text, as actions print them.
fn printed(arguments: &[Slot]) -> Vec<u8> {
    if let [Slot::Plain(Value::String(text)) | Slot::Boxed(Value::String(text))] = arguments {
        return text.to_vec();
    }
    let shown = |slot: &Slot| match slot.value() {
        Value::Nil => Value::string("<no value>"),
        value => value.clone(),
    };
    format::sprint(&arguments.iter().map(shown).collect::<Vec<_>>())
}
