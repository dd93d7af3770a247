//! One value under one verb.

use super::flags::Flags;
use super::quote;
use crate::template::value::{Object, Value};

/// Deeper values print as `...`: only a map that contains itself is that deep, which Go does not survive.
const MAX_DEPTH: usize = 500;
/// No more is printed: what is larger is refused by whoever asked for it.
const MAX_BYTES: usize = 40 << 20;

#[derive(Default)]
pub(super) struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    /// While a bad verb is reported, methods are not asked.
    erroring: bool,
}

impl Printer {
    pub(super) fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// An operand, as a verb shows it.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.flags.pad(&mut self.out, b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => {
                let name = value.type_name().into_owned();
                self.flags.text(&mut self.out, name.as_bytes());
            }
            (_, 'p') => self.pointer(value, verb),
            (Value::Bytes(bytes), _) => self.bytes(value, bytes, verb, "[]byte"),
            _ => self.value(value, verb, 0),
        }
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.write("%!");
        self.out.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
        if matches!(value, Value::Nil) {
            self.write("(<nil>)");
            return;
        }
        let outer = std::mem::replace(&mut self.erroring, true);
        self.write("(");
        self.write(&value.type_name());
        self.write("=");
        match value {
            Value::Bytes(bytes) => self.bytes(value, bytes, 'v', "[]byte"),
            _ => self.value(value, 'v', 0),
        }
        self.write(")");
        self.erroring = outer;
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > MAX_DEPTH || self.out.len() > MAX_BYTES {
            self.write("...");
            return;
        }
        if self.display(value, verb) {
            return;
        }
        match value {
            Value::Nil => match verb {
                'v' if self.flags.sharp_value => self.write("interface {}(nil)"),
                _ => self.write("<nil>"),
            },
            Value::Bool(boolean) => match verb {
                't' | 'v' => {
                    let text = if *boolean { "true" } else { "false" };
                    self.flags.pad(&mut self.out, text.as_bytes());
                }
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, integer) | Value::Duration(integer) => self.signed(value, *integer, verb),
            Value::Uint(_, integer) => self.unsigned(value, *integer, verb),
            Value::Float(float) => self.float(value, *float, verb),
            Value::Complex(real, imaginary) => self.complex(value, *real, *imaginary, verb),
            Value::String(text) => self.text(value, text, verb),
            Value::Bytes(bytes) => self.bytes(value, bytes, verb, "[]uint8"),
            Value::List(list) => {
                let items = list.items();
                if self.flags.sharp_value {
                    self.write(&value.type_name());
                    if list.is_nil() {
                        self.write("(nil)");
                        return;
                    }
                }
                self.sequence(items.iter(), ('[', ']'), |printer, item| printer.value(item, verb, depth + 1));
            }
            Value::Map(map) => {
                if self.flags.sharp_value {
                    self.write(&value.type_name());
                } else {
                    self.write("map");
                }
                self.sequence(map.entries().iter(), ('[', ']'), |printer, (key, item)| {
                    printer.value(&Value::String(key.clone()), verb, depth + 1);
                    printer.write(":");
                    printer.value(item, verb, depth + 1);
                });
            }
            Value::Time(time) => {
                let text = time.to_string();
                self.text(value, text.as_bytes(), verb);
            }
            Value::Object(object) => self.object(value, &**object, verb, depth),
        }
    }

    /// Text that the value's own methods give.
    fn display(&mut self, value: &Value, verb: char) -> bool {
        if self.erroring || self.flags.sharp_value || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return false;
        }
        let text = match value {
            Value::Object(object) => object.display(),
            Value::Duration(nanoseconds) => Some(manifest::duration::text(*nanoseconds)),
            Value::Map(map) => map.named().and_then(|named| named.display(value)),
            Value::List(list) => list.named().and_then(|named| named.display(value)),
            _ => None,
        };
        if let Some(text) = &text {
            self.text(value, text.as_bytes(), verb);
        }
        text.is_some()
    }

    fn sequence<'i, T: 'i>(
        &mut self,
        items: impl Iterator<Item = &'i T>,
        (open, close): (char, char),
        mut each: impl FnMut(&mut Self, &'i T),
    ) {
        let (open, close, separator) = if self.flags.sharp_value { ('{', '}', ", ") } else { (open, close, " ") };
        self.out.extend_from_slice(open.encode_utf8(&mut [0; 4]).as_bytes());
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.write(separator);
            }
            each(self, item);
        }
        self.out.extend_from_slice(close.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn object(&mut self, value: &Value, object: &dyn Object, verb: char, depth: usize) {
        let name = object.type_name();
        match name.strip_prefix('*') {
            Some(_) if depth > 0 => {
                self.pointer(value, verb);
                return;
            }
            Some(_) => self.write("&"),
            None => {}
        }
        if self.flags.sharp_value {
            self.write(name.trim_start_matches('*'));
        }
        let named = self.flags.plus_value || self.flags.sharp_value;
        self.sequence(object.all_fields().iter(), ('{', '}'), |printer, (name, field)| {
            if named {
                printer.write(name);
                printer.write(":");
            }
            printer.value(field, verb, depth + 1);
        });
    }

    fn signed(&mut self, value: &Value, integer: i64, verb: char) {
        match verb {
            'v' => self.flags.integer(&mut self.out, i128::from(integer), 10, 'd'),
            _ => self.integer(value, i128::from(integer), verb),
        }
    }

    fn unsigned(&mut self, value: &Value, integer: u64, verb: char) {
        match verb {
            'v' if self.flags.sharp_value => {
                let sharp = Flags { sharp: true, ..self.flags };
                sharp.integer(&mut self.out, i128::from(integer), 16, 'x');
            }
            'v' => self.flags.integer(&mut self.out, i128::from(integer), 10, 'd'),
            _ => self.integer(value, i128::from(integer), verb),
        }
    }

    fn integer(&mut self, value: &Value, integer: i128, verb: char) {
        match verb {
            'd' => self.flags.integer(&mut self.out, integer, 10, verb),
            'b' => self.flags.integer(&mut self.out, integer, 2, verb),
            'o' | 'O' => self.flags.integer(&mut self.out, integer, 8, verb),
            'x' | 'X' => self.flags.integer(&mut self.out, integer, 16, verb),
            'c' => {
                let character = character_of(integer);
                self.flags.pad(&mut self.out, character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'q' => {
                let character = character_of(integer);
                let charset = if self.flags.plus { quote::Charset::Ascii } else { quote::Charset::Unicode };
                let text = quote::quote_with(character.encode_utf8(&mut [0; 4]).as_bytes(), '\'', charset);
                self.flags.pad(&mut self.out, text.as_bytes());
            }
            // Negative numbers are taken for the large ones they are without a sign.
            'U' => self.flags.unicode(&mut self.out, integer as u64),
            _ => self.bad_verb(value, verb),
        }
    }

    fn float(&mut self, value: &Value, float: f64, verb: char) {
        match verb {
            'v' => self.flags.float(&mut self.out, float, 'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => self.flags.float(&mut self.out, float, verb, None),
            'f' | 'e' | 'E' => self.flags.float(&mut self.out, float, verb, Some(6)),
            'F' => self.flags.float(&mut self.out, float, 'f', Some(6)),
            _ => self.bad_verb(value, verb),
        }
    }

    fn complex(&mut self, value: &Value, real: f64, imaginary: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            self.bad_verb(value, verb);
            return;
        }
        let plus = self.flags.plus;
        self.write("(");
        self.float(value, real, verb);
        self.flags.plus = true;
        self.float(value, imaginary, verb);
        self.write("i)");
        self.flags.plus = plus;
    }

    fn text(&mut self, value: &Value, text: &[u8], verb: char) {
        match verb {
            'v' if self.flags.sharp_value => self.flags.quoted(&mut self.out, text),
            'v' | 's' => self.flags.text(&mut self.out, text),
            'x' | 'X' => self.flags.hexadecimal(&mut self.out, text, verb),
            'q' => self.flags.quoted(&mut self.out, text),
            _ => self.bad_verb(value, verb),
        }
    }

    fn bytes(&mut self, value: &Value, bytes: &[u8], verb: char, name: &str) {
        match verb {
            'v' | 'd' if self.flags.sharp_value => {
                self.write(name);
                self.sequence(bytes.iter(), ('[', ']'), |printer, byte| {
                    let sharp = Flags { sharp: true, ..printer.flags };
                    sharp.integer(&mut printer.out, i128::from(*byte), 16, 'x');
                });
            }
            's' | 'q' | 'x' | 'X' => self.text(value, bytes, verb),
            _ => self.sequence(bytes.iter(), ('[', ']'), |printer, byte| {
                let item = Value::Uint(crate::template::value::Unsigned::Uint8, u64::from(*byte));
                printer.value(&item, verb, 1);
            }),
        }
    }

    /// Addresses are not for templates: they differ from run to run.
    fn pointer(&mut self, value: &Value, verb: char) {
        match value {
            Value::Map(_) | Value::List(_) | Value::Bytes(_) | Value::Object(_) => {
                self.flags.pad(&mut self.out, b"0xc000000000");
            }
            _ => self.bad_verb(value, verb),
        }
    }
}

fn character_of(integer: i128) -> char {
    u32::try_from(integer).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
