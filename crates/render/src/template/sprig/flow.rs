//! `fail`.

use crate::template::error::Failure;
use crate::template::function::Function;
use crate::template::run::Demands;
use crate::template::value::{Type, Value};

pub(super) const FUNCTIONS: &[Function] =
    &[Function::new("fail", &[Type::String], |call, given| match call.run.demands {
        Demands::Enforced => Err(Failure::Stated(given.string(0).into_owned())),
        Demands::Waived => Ok(Value::string("")),
    })];
