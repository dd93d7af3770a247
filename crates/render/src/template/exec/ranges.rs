//! `range`.

use super::{Execution, Flow, Slot};
use crate::template::error::Error;
use crate::template::format;
use crate::template::parse::{Binding, Branch};
use crate::template::value::{Unsigned, Value};

impl<'e> Execution<'e> {
    pub(super) fn range(&mut self, dot: &Slot, branch: &'e Branch) -> Result<Flow, Error> {
        let outer = self.variables.len();
        let flow = self.iterate(dot, branch);
        self.variables.truncate(outer);
        flow
    }

    fn iterate(&mut self, dot: &Slot, branch: &'e Branch) -> Result<Flow, Error> {
        let value = self.pipeline(dot, &branch.pipe)?.into_value();
        let ran = match &value {
            Value::Nil => false,
            Value::Int(..) | Value::Uint(..) | Value::Duration(_) => self.count(branch, &value)?,
            Value::List(list) => {
                for (index, item) in list.items().iter().enumerate() {
                    let element = Slot::element(item.clone(), list.element());
                    if self.iteration(branch, index_of(index), element)? == Flow::Break {
                        break;
                    }
                }
                !list.items().is_empty()
            }
            Value::Bytes(bytes) => {
                for (index, byte) in bytes.iter().enumerate() {
                    let element = Slot::Plain(Value::Uint(Unsigned::Uint8, u64::from(*byte)));
                    if self.iteration(branch, index_of(index), element)? == Flow::Break {
                        break;
                    }
                }
                !bytes.is_empty()
            }
            Value::Map(map) => {
                let entries = map.entries();
                let ran = !entries.is_empty();
                for (key, item) in entries {
                    let element = Slot::element(item, map.element());
                    if self.iteration(branch, Slot::Plain(Value::String(key)), element)? == Flow::Break {
                        break;
                    }
                }
                ran
            }
            Value::Bool(_)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::String(_)
            | Value::Time(_)
            | Value::Object(_) => {
                let shown = format::display(&value);
                return self.error(format!("range can't iterate over {}", String::from_utf8_lossy(&shown)));
            }
        };
        match &branch.otherwise {
            // As in Go, `continue` in here goes on with the loop around this one, and `break` ends only this one.
            Some(nodes) if !ran => match self.body(dot, nodes)? {
                Flow::Continue => Ok(Flow::Continue),
                Flow::Next | Flow::Break => Ok(Flow::Next),
            },
            Some(_) | None => Ok(Flow::Next),
        }
    }

    /// `range 5`; whether there was an iteration.
    fn count(&mut self, branch: &'e Branch, value: &Value) -> Result<bool, Error> {
        if branch.pipe.variables.len() > 1 {
            let shown = format::display(value);
            let shown = String::from_utf8_lossy(&shown);
            return self.error(format!("can't use {shown} to iterate over more than one variable"));
        }
        let (end, of): (u64, &dyn Fn(u64) -> Value) = match value {
            Value::Int(width, end) => {
                (u64::try_from(*end).unwrap_or_default(), &|number| Value::Int(*width, number.cast_signed()))
            }
            Value::Uint(width, end) => (*end, &|number| Value::Uint(*width, number)),
            Value::Duration(end) => {
                (u64::try_from(*end).unwrap_or_default(), &|number| Value::Duration(number.cast_signed()))
            }
            _ => (0, &|_| Value::Nil),
        };
        for number in 0..end {
            if self.iteration(branch, Slot::Invalid, Slot::of(of(number)))? == Flow::Break {
                break;
            }
        }
        Ok(end > 0)
    }

    fn iteration(&mut self, branch: &'e Branch, index: Slot, element: Slot) -> Result<Flow, Error> {
        self.step()?;
        let outer = self.variables.len();
        match (branch.pipe.binding, branch.pipe.variables.as_slice()) {
            (_, []) => {}
            (Binding::Assign, [variable]) => self.assign(variable, element.clone())?,
            (Binding::Assign, [first, second, ..]) => {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            }
            // The pipeline declared them, so they are the last ones.
            (Binding::Declare, [_]) => self.set_last(1, element.clone()),
            (Binding::Declare, [_, _, ..]) => {
                self.set_last(1, element.clone());
                self.set_last(2, index);
            }
        }
        let flow = self.body(&element, &branch.body);
        self.variables.truncate(outer);
        flow
    }

    fn set_last(&mut self, from_end: usize, value: Slot) {
        if let Some(index) = self.variables.len().checked_sub(from_end) {
            self.variables[index].1 = value;
        }
    }
}

fn index_of(index: usize) -> Slot {
    Slot::Plain(Value::int(i64::try_from(index).unwrap_or(i64::MAX)))
}
