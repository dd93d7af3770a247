//! What validation finds.

use manifest::Severity;
use mesh::Field;

/// How many problems of one object and layer are told. Who has more has one cause for most of them.
const MOST: usize = 100;

/// Which judgement a problem is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The object cannot be read: a value of another type, a word that is none of those known, two of what excludes each
    /// other.
    Shape,
    /// A field is `null`. The schema alone takes that for a value of another type; an API server removes it first.
    Empty,
    /// It can be read, and a limit of the schema does not hold: a missing or unknown field, a range, a pattern.
    Limits,
    /// The schema holds, and what the object says cannot be meant.
    Meaning,
}

/// One thing that is wrong with an object.
#[derive(Debug, Clone)]
pub struct Problem<'w> {
    /// An error is refused by Istio or the API server; a warning is accepted.
    pub severity: Severity,
    /// Who judges so.
    pub layer: Layer,
    /// The value that it is about, or the nearest one around what is missing.
    pub field: Field<'w>,
    /// What is wrong: a sentence without a final stop, which names the value and the rule.
    pub message: String,
}

/// Where checks put what they find.
#[derive(Debug)]
pub(super) struct Problems<'w> {
    found: Vec<Problem<'w>>,
    untold: usize,
}

impl<'w> Problems<'w> {
    pub(super) fn new() -> Problems<'w> {
        Problems { found: Vec::new(), untold: 0 }
    }

    /// The object is not of the schema's shape.
    pub(super) fn shape(&mut self, field: Field<'w>, message: impl Into<String>) {
        self.push(Severity::Error, Layer::Shape, field, message.into());
    }

    /// A field is `null`, which is read as if it were not there.
    pub(super) fn empty(&mut self, field: Field<'w>, message: impl Into<String>) {
        self.push(Severity::Warning, Layer::Empty, field, message.into());
    }

    /// A limit of the schema does not hold.
    pub(super) fn limit(&mut self, field: Field<'w>, message: impl Into<String>) {
        self.push(Severity::Error, Layer::Limits, field, message.into());
    }

    /// What is said cannot be meant.
    pub(super) fn error(&mut self, field: Field<'w>, message: impl Into<String>) {
        self.push(Severity::Error, Layer::Meaning, field, message.into());
    }

    /// What is said is accepted and hardly meant.
    pub(super) fn warning(&mut self, field: Field<'w>, message: impl Into<String>) {
        self.push(Severity::Warning, Layer::Meaning, field, message.into());
    }

    /// An error if the judgement is one.
    pub(super) fn judge(&mut self, field: Field<'w>, judgement: Result<(), String>) {
        if let Err(message) = judgement {
            self.error(field, message);
        }
    }

    /// What was found; the last one says how many more there were.
    pub(super) fn into_vec(mut self) -> Vec<Problem<'w>> {
        if let (Some(last), 1..) = (self.found.last_mut(), self.untold) {
            last.message.push_str(&format!(" (and {} more problems of this object)", self.untold));
        }
        self.found
    }

    fn push(&mut self, severity: Severity, layer: Layer, field: Field<'w>, message: String) {
        if self.found.len() < MOST {
            self.found.push(Problem { severity, layer, field, message });
        } else {
            self.untold += 1;
        }
    }
}
