//! Go's `fmt`: `Sprint`, `Sprintln` and `Sprintf` over template values.

mod flags;
pub(crate) mod float;
mod printer;
pub(crate) mod quote;
mod sprintf;

use super::value::Value;
use printer::Printer;

pub(crate) use sprintf::sprintf;

/// `%v` of a value, as `print` and actions show it.
pub(crate) fn display(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.to_vec(),
        value => {
            let mut printer = Printer::default();
            printer.argument(value, 'v');
            printer.out
        }
    }
}

/// The same where an action shows it: a pointer as what it points to.
pub(crate) fn display_in_place(value: &Value) -> Vec<u8> {
    let mut shown = display(value);
    let is_pointer = matches!(value, Value::Object(object) if object.type_name().starts_with('*'));
    if is_pointer && shown.first() == Some(&b'&') {
        shown.remove(0);
    }
    shown
}

/// `%v` of a float.
pub(crate) fn float_text(value: f64) -> String {
    float::format(value, 'g', None)
}

/// `fmt.Sprint`: spaces between operands when neither is a string.
pub(crate) fn sprint(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut previous_string = false;
    for (index, value) in values.iter().enumerate() {
        let is_string = matches!(value, Value::String(_));
        if index > 0 && !is_string && !previous_string {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
        previous_string = is_string;
    }
    printer.out
}

/// `fmt.Sprintln`: spaces between all operands and a line break.
pub(crate) fn sprintln(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
    }
    printer.out.push(b'\n');
    printer.out
}
