//! Calls of functions and methods.

use super::arguments::Parameter;
use super::{Execution, Place, Slot};
use crate::template::builtin::{self, Builtin};
use crate::template::error::{Error, Failure, Problem};
use crate::template::format::quote::quoted;
use crate::template::function::{Arguments, Call};
use crate::template::parse::Operand;
use crate::template::value::{Method, Value};

/// What a function takes.
struct Signature<'s> {
    name: &'s str,
    parameters: &'s [Parameter],
    variadic: Option<Parameter>,
}

impl<'e> Execution<'e> {
    /// Calls a function. `place` is what errors of the function name.
    pub(super) fn function(
        &mut self,
        dot: &Slot,
        name: &'e str,
        place: Place<'e>,
        operands: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        if let Some(function) = self.run.functions.find(name) {
            let parameters: Vec<Parameter> = function.parameters.iter().map(|of| Parameter::Of(*of)).collect();
            let variadic = function.variadic.map(Parameter::Of);
            let signature = Signature { name, parameters: &parameters, variadic };
            let values = self.arguments(dot, &signature, operands, last)?;
            let values: Vec<Value> = values.into_iter().map(Slot::into_value).collect();
            let result = {
                let mut call = Call { run: &mut *self.run, set: self.set };
                (function.body)(&mut call, &Arguments::new(&values))
            };
            return self.result(name, place, result.map(Slot::Boxed));
        }
        let Some(builtin) = builtin::find(name) else {
            return self.error(format!("{} is not a defined function", quoted(name.as_bytes())));
        };
        let (parameters, variadic) = builtin.signature();
        let signature = Signature { name, parameters, variadic };
        if let Builtin::And | Builtin::Or = builtin {
            self.check_count(&signature, operands.len(), last.is_some())?;
            return self.logic(dot, builtin, operands, last);
        }
        let values = self.arguments(dot, &signature, operands, last)?;
        let result = match builtin {
            Builtin::Call => {
                let callee = operands.first().map(ToString::to_string).unwrap_or_default();
                builtin::call(&callee, &values)
            }
            _ => builtin.apply(&values),
        };
        let result = result.and_then(|slot| {
            let size = slot.value().length().unwrap_or_default();
            self.run.budget.produce(size).map_err(Failure::Limit).map(|()| slot)
        });
        self.result(name, place, result)
    }

    #[allow(clippy::too_many_arguments, reason = "a call has a receiver, a name and arguments")]
    pub(super) fn method(
        &mut self,
        dot: &Slot,
        receiver: Value,
        name: &'e str,
        method: Method,
        place: Place<'e>,
        operands: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        let parameters: Vec<Parameter> = method.parameters.iter().map(|of| Parameter::Of(*of)).collect();
        let signature = Signature { name, parameters: &parameters, variadic: None };
        let values = self.arguments(dot, &signature, operands, last)?;
        let values: Vec<Value> = values.into_iter().map(Slot::into_value).collect();
        let result = {
            let mut call = Call { run: &mut *self.run, set: self.set };
            (method.body)(&mut call, &receiver, &Arguments::new(&values))
        };
        self.result(name, place, result.map(Slot::Boxed))
    }

    fn result(&mut self, name: &str, place: Place<'e>, result: Result<Slot, Failure>) -> Result<Slot, Error> {
        result.or_else(|failure| {
            self.place = place;
            match failure {
                Failure::Limit(limit) => self.fail(Problem::Limit(limit)),
                failure => self.fail(Problem::Call { function: name.to_owned(), failure }),
            }
        })
    }

    fn check_count(&self, signature: &Signature<'_>, given: usize, piped: bool) -> Result<(), Error> {
        let Signature { name, parameters, variadic } = signature;
        let count = given + usize::from(piped);
        let wanted = parameters.len();
        if variadic.is_some() {
            if count < wanted {
                return self.error(format!("wrong number of args for {name}: want at least {wanted} got {given}"));
            }
        } else if count != wanted {
            return self.error(format!("wrong number of args for {name}: want {wanted} got {count}"));
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        dot: &Slot,
        signature: &Signature<'_>,
        operands: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Vec<Slot>, Error> {
        self.check_count(signature, operands.len(), last.is_some())?;
        // The count was checked: what is not a parameter is variadic.
        let parameter = |index: usize| {
            signature.parameters.get(index).copied().or(signature.variadic).unwrap_or(Parameter::Reflected)
        };
        let mut values = Vec::with_capacity(operands.len() + 1);
        for (index, operand) in operands.iter().enumerate() {
            values.push(self.argument(dot, parameter(index), operand)?);
        }
        if let Some(last) = last {
            values.push(self.validate(last, parameter(operands.len()))?);
        }
        Ok(values)
    }

    /// `and` and `or` evaluate no more than they need.
    fn logic(
        &mut self,
        dot: &Slot,
        builtin: Builtin,
        operands: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        let mut value = Slot::Invalid;
        for operand in operands {
            value = self.argument(dot, Parameter::Reflected, operand)?;
            if value.value().is_true() == (builtin == Builtin::Or) {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }
}
