//! `fmt.Sprintf`: the grammar of format strings.

use super::flags::Flags;
use super::printer::Printer;
use crate::template::value::Value;

/// The largest width, precision or argument index; larger ones are ignored.
const MAX_NUMBER: usize = 1_000_000;

/// `fmt.Sprintf`.
pub(crate) fn sprintf(format: &[u8], arguments: &[Value]) -> Vec<u8> {
    let mut state = State {
        format,
        position: 0,
        arguments,
        next: 0,
        after_index: false,
        reordered: false,
        good_index: true,
        printer: Printer::default(),
    };
    state.run();
    state.printer.out
}

struct State<'a> {
    format: &'a [u8],
    position: usize,
    arguments: &'a [Value],
    /// The argument of the next verb.
    next: usize,
    /// Whether an index like `[3]` was just read.
    after_index: bool,
    reordered: bool,
    good_index: bool,
    printer: Printer,
}

impl State<'_> {
    fn run(&mut self) {
        while let Some(offset) = self.format[self.position..].iter().position(|byte| *byte == b'%') {
            let text = &self.format[self.position..self.position + offset];
            self.printer.out.extend_from_slice(text);
            self.position += offset + 1;
            self.good_index = true;
            self.after_index = false;
            if !self.verb() {
                break;
            }
        }
        if self.position < self.format.len() {
            self.printer.out.extend_from_slice(&self.format[self.position..]);
        }
        self.extra();
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.position).copied()
    }

    fn verb(&mut self) -> bool {
        self.printer.flags = Flags::default();
        self.flags();
        self.index();
        self.width();
        self.precision();
        if !self.after_index {
            self.index();
        }
        let Some(verb) = self.character() else {
            self.printer.write("%!(NOVERB)");
            return false;
        };
        match verb {
            '%' => self.printer.write("%"),
            _ if !self.good_index => self.problem(verb, "(BADINDEX)"),
            _ => match self.arguments.get(self.next) {
                None => self.problem(verb, "(MISSING)"),
                Some(argument) => {
                    if verb == 'v' {
                        let flags = &mut self.printer.flags;
                        flags.sharp_value = std::mem::take(&mut flags.sharp);
                        flags.plus_value = std::mem::take(&mut flags.plus);
                    }
                    self.printer.argument(argument, verb);
                    self.next += 1;
                }
            },
        }
        true
    }

    fn problem(&mut self, verb: char, problem: &str) {
        self.printer.write("%!");
        self.printer.write(verb.encode_utf8(&mut [0; 4]));
        self.printer.write(problem);
    }

    fn flags(&mut self) {
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => return,
            }
            self.position += 1;
        }
    }

    fn width(&mut self) {
        if self.peek() == Some(b'*') {
            self.position += 1;
            match self.integer_argument() {
                None => self.printer.write("%!(BADWIDTH)"),
                Some(width) => {
                    let flags = &mut self.printer.flags;
                    if width < 0 {
                        flags.minus = true;
                        flags.zero = false;
                    }
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
            }
            self.after_index = false;
            return;
        }
        self.printer.flags.width = self.number();
        if self.after_index && self.printer.flags.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self) {
        // A point at the very end is the verb that is missing.
        if self.peek() != Some(b'.') || self.position + 1 >= self.format.len() {
            return;
        }
        self.position += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.peek() == Some(b'*') {
            self.position += 1;
            match self.integer_argument().map(usize::try_from) {
                None | Some(Err(_)) => self.printer.write("%!(BADPREC)"),
                Some(Ok(precision)) => self.printer.flags.precision = Some(precision),
            }
            self.after_index = false;
        } else {
            self.printer.flags.precision = Some(self.number().unwrap_or_default());
        }
    }

    /// A width or precision that is an argument.
    fn integer_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let integer = match argument {
            Value::Int(_, integer) => *integer,
            Value::Uint(_, integer) => i64::try_from(*integer).ok()?,
            _ => return None,
        };
        usize::try_from(integer.unsigned_abs()).ok().filter(|number| *number <= MAX_NUMBER).map(|_| integer)
    }

    /// A decimal number, if one stands here.
    fn number(&mut self) -> Option<usize> {
        let digits = self.format[self.position..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(&self.format[self.position..self.position + digits]).ok()?;
        if digits == 0 {
            return None;
        }
        self.position += digits;
        text.parse().ok().filter(|number| *number <= MAX_NUMBER)
    }

    /// `[3]`: the next argument by its number.
    fn index(&mut self) {
        if self.peek() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.position..];
        let Some(end) = rest.iter().position(|byte| *byte == b']') else {
            self.good_index = false;
            self.position += 1;
            self.after_index = false;
            return;
        };
        let number = std::str::from_utf8(&rest[1..end]).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        self.position += end + 1;
        let index = number.and_then(|text| text.parse::<usize>().ok()).and_then(|number| number.checked_sub(1));
        match index.filter(|index| *index < self.arguments.len()) {
            Some(index) => {
                self.next = index;
                self.after_index = true;
            }
            None => {
                self.good_index = false;
                self.after_index = number.is_some();
            }
        }
    }

    fn character(&mut self) -> Option<char> {
        let rest = self.format.get(self.position..).filter(|rest| !rest.is_empty())?;
        let chunk = rest.utf8_chunks().next()?;
        match chunk.valid().chars().next() {
            Some(character) => {
                self.position += character.len_utf8();
                Some(character)
            }
            None => {
                self.position += 1;
                Some(char::REPLACEMENT_CHARACTER)
            }
        }
    }

    /// Arguments that no verb asked for.
    fn extra(&mut self) {
        if self.reordered || self.next >= self.arguments.len() {
            return;
        }
        self.printer.flags = Flags::default();
        self.printer.write("%!(EXTRA ");
        for (index, argument) in self.arguments[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.write(", ");
            }
            if matches!(argument, Value::Nil) {
                self.printer.write("<nil>");
            } else {
                self.printer.write(&argument.type_name());
                self.printer.write("=");
                self.printer.argument(argument, 'v');
            }
        }
        self.printer.write(")");
    }
}
