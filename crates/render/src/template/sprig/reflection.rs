//! Types and kinds.

use crate::template::function::Function;
use crate::template::value::{Type, Value};

const ANY: Type = Type::Any;
const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("typeOf", &[ANY], |_, given| Ok(Value::string(given.value(0).type_name()))),
    Function::new("typeIs", &[S, ANY], |_, given| Ok((given.string(0) == given.value(1).type_name()).into())),
    Function::new("typeIsLike", &[S, ANY], |_, given| {
        let name = given.value(1).type_name();
        Ok((given.string(0) == name || Some(&*given.string(0)) == name.strip_prefix('*')).into())
    }),
    Function::new("kindOf", &[ANY], |_, given| Ok(Value::string(given.value(0).kind().name()))),
    Function::new("kindIs", &[S, ANY], |_, given| Ok((given.string(0) == given.value(1).kind().name()).into())),
    Function::new("deepEqual", &[ANY, ANY], |_, given| Ok(given.value(0).deep_equal(given.value(1)).into())),
];
