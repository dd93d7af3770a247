//! Values that a schema gives itself: its defaults.

use expressions::Position;
use serde_json::Value;

use super::{StructuralSchema, prune, validate};
use crate::cel::{self, Rules};
use crate::registry::FieldError;

/// What is wrong with a default.
#[derive(Debug, Default)]
pub(crate) struct Flaws {
    /// It has fields that its schema would take away.
    pub(crate) has_unknown_fields: bool,
    /// Everything else, with fields from the default on.
    pub(crate) errors: Vec<FieldError>,
}

/// Looks at the default of a schema as if somebody had sent it.
pub(crate) fn flaws_of_default(schema: &Value, default: &Value) -> Flaws {
    let structure = StructuralSchema::parse(schema);
    let has_unknown_fields = prune::first_unknown(default, &structure).is_some();
    let mut errors = validate::validate(default, &structure);
    // Whether the items of a default are unique is not asked.
    errors.retain(|error| error.reason != "FieldValueDuplicate");
    if structure.is_map() {
        for error in &mut errors {
            error.message =
                error.message.replace(&format!(" {} in body", error.field), &format!(" .{} in body", error.field));
        }
    }
    if errors.is_empty()
        && let Some(rules) = Rules::of(schema, Position::of(schema))
    {
        // A rule that makes no sense is told of elsewhere, too.
        errors.extend(cel::errors(&rules, default, None));
    }
    Flaws { has_unknown_fields, errors }
}
