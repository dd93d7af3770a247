//! Types of CEL, and which of them may stand for which.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::declared::Declared;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Of what is wrong already: it fits everywhere, so that nothing is reported twice.
    Error,
    /// Known only when the expression runs.
    Dyn,
    /// Nothing.
    Null,
    /// True or false.
    Bool,
    /// Whole numbers of 64 bits.
    Int,
    /// Whole numbers from 0.
    Uint,
    /// Numbers with a fraction.
    Double,
    /// Text.
    String,
    /// Data.
    Bytes,
    /// Spans of time.
    Duration,
    /// Times.
    Timestamp,
    /// Lists of one type.
    List(Box<Type>),
    /// Maps, by the types of keys and values.
    Map(Box<Type>, Box<Type>),
    /// Objects of a schema.
    Object(Object),
    /// A type of Kubernetes' function libraries, such as `kubernetes.Quantity`.
    Library(&'static str),
    /// Optional values of a type.
    Optional(Box<Type>),
    /// A type as a value.
    Named(Box<Type>),
    /// What is still to be found out.
    Variable(u32),
}

/// An object of the schema. Two of them are the same if they stand in the same place.
#[derive(Debug, Clone)]
pub struct Object {
    pub(crate) place: Arc<str>,
    pub(crate) declared: Arc<Declared>,
}

impl PartialEq for Object {
    fn eq(&self, other: &Object) -> bool {
        self.place == other.place
    }
}

impl Type {
    /// A list of these.
    pub fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    /// A map of these.
    pub fn map(keys: Type, values: Type) -> Type {
        Type::Map(Box::new(keys), Box::new(values))
    }

    /// An optional value of this type.
    pub fn optional(of: Type) -> Type {
        Type::Optional(Box::new(of))
    }

    pub(crate) fn is_dynamic(&self) -> bool {
        matches!(self, Type::Dyn | Type::Error)
    }

    /// Whether values of the type are all of one size.
    pub(crate) fn is_scalar(&self) -> bool {
        match self {
            Type::Bool | Type::Double | Type::Duration | Type::Int | Type::Timestamp | Type::Uint => true,
            Type::Optional(of) => of.is_scalar(),
            Type::Error
            | Type::Dyn
            | Type::Null
            | Type::String
            | Type::Bytes
            | Type::List(_)
            | Type::Map(..)
            | Type::Object(_)
            | Type::Library(_)
            | Type::Named(_)
            | Type::Variable(_) => false,
        }
    }

    /// What the type is made of.
    pub(crate) fn parameters(&self) -> Vec<&Type> {
        match self {
            Type::List(of) | Type::Optional(of) | Type::Named(of) => vec![of],
            Type::Map(keys, values) => vec![keys, values],
            Type::Error
            | Type::Dyn
            | Type::Null
            | Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Duration
            | Type::Timestamp
            | Type::Object(_)
            | Type::Library(_)
            | Type::Variable(_) => Vec::new(),
        }
    }

    /// The same type, whose parts are something else.
    pub(crate) fn with_parts(&self, of: &mut impl FnMut(&Type) -> Type) -> Type {
        match self {
            Type::List(items) => Type::list(of(items)),
            Type::Map(keys, values) => Type::map(of(keys), of(values)),
            Type::Optional(value) => Type::optional(of(value)),
            Type::Named(value) => Type::Named(Box::new(of(value))),
            plain => plain.clone(),
        }
    }

    /// Whether null may stand where the type is expected.
    fn is_nullable(&self) -> bool {
        matches!(
            self,
            Type::Null | Type::Object(_) | Type::Library(_) | Type::Optional(_) | Type::Duration | Type::Timestamp
        )
    }

    /// Whether every value of `other` is one of this type too.
    fn is_more_general(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Dyn | Type::Variable(_), _) => true,
            (_, Type::Dyn | Type::Variable(_)) => false,
            (Type::Named(_), Type::Named(_)) => true,
            (Type::List(one), Type::List(other)) | (Type::Optional(one), Type::Optional(other)) => {
                one.is_more_general(other)
            }
            (Type::Map(keys, values), Type::Map(other_keys, other_values)) => {
                keys.is_more_general(other_keys) && values.is_more_general(other_values)
            }
            (one, other) => one == other,
        }
    }

    /// The more general of two types that go together.
    pub(crate) fn or_more_general(self, other: Type) -> Type {
        if self.is_more_general(&other) { self } else { other }
    }
}

/// In the words of the API server's messages.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Error => f.write_str("!error!"),
            Type::Dyn => f.write_str("dyn"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Uint => f.write_str("uint"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Duration => f.write_str("duration"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::List(of) => write!(f, "list({of})"),
            Type::Map(keys, values) => write!(f, "map({keys}, {values})"),
            Type::Object(object) => f.write_str(&object.place),
            Type::Library(name) => f.write_str(name),
            Type::Optional(of) => write!(f, "optional_type({of})"),
            Type::Named(of) => write!(f, "type({of})"),
            Type::Variable(number) => write!(f, "_var{number}"),
        }
    }
}

/// What type variables have turned out to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Substitutions(HashMap<u32, Type>);

impl Substitutions {
    /// A type whose variables are replaced as far as they are known, down to the last one.
    pub(crate) fn apply(&self, to: &Type) -> Type {
        match to {
            Type::Variable(number) => match self.0.get(number) {
                Some(known) => self.apply(known),
                None => to.clone(),
            },
            other => other.with_parts(&mut |part| self.apply(part)),
        }
    }

    /// The same; what is not known is dynamic.
    pub(crate) fn settle(&self, of: &Type) -> Type {
        match self.apply(of) {
            Type::Variable(_) => Type::Dyn,
            other => other.with_parts(&mut |part| self.settle(part)),
        }
    }

    /// Whether `given` may stand where `wanted` is expected; what that says about variables is kept if it may.
    pub(crate) fn accepts(&mut self, given: &Type, wanted: &Type) -> bool {
        self.accepts_all(&[given], &[wanted])
    }

    /// The same of several at once.
    pub(crate) fn accepts_all(&mut self, given: &[&Type], wanted: &[&Type]) -> bool {
        let mut tried = self.clone();
        let fits =
            given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| tried.unify(given, wanted));
        if fits {
            *self = tried;
        }
        fits
    }

    fn unify(&mut self, given: &Type, wanted: &Type) -> bool {
        if let Type::Variable(number) = wanted {
            match self.bind(*number, given) {
                Bound::Fits => return true,
                Bound::IsOther => return false,
                Bound::WouldContainItself => {}
            }
        }
        if let Type::Variable(number) = given {
            return self.bind(*number, wanted) == Bound::Fits;
        }
        match (given, wanted) {
            (one, other) if one.is_dynamic() || other.is_dynamic() => true,
            (Type::Null, other) | (other, Type::Null) => other.is_nullable(),
            (Type::Named(_), Type::Named(_)) => true,
            (Type::List(one), Type::List(other)) | (Type::Optional(one), Type::Optional(other)) => {
                self.unify(one, other)
            }
            (Type::Map(keys, values), Type::Map(other_keys, other_values)) => {
                self.unify(keys, other_keys) && self.unify(values, other_values)
            }
            (one, other) => one == other,
        }
    }

    /// Takes a type for a variable, or checks that it goes with what was taken before.
    fn bind(&mut self, variable: u32, to: &Type) -> Bound {
        if *to == Type::Variable(variable) {
            return Bound::Fits;
        }
        let Some(known) = self.0.get(&variable).cloned() else {
            if self.contains(to, variable) {
                return Bound::WouldContainItself;
            }
            self.0.insert(variable, to.clone());
            return Bound::Fits;
        };
        if *to == known {
            return Bound::Fits;
        }
        if !self.unify(to, &known) {
            return Bound::IsOther;
        }
        let general = to.clone().or_more_general(known);
        if !self.contains(&general, variable) {
            self.0.insert(variable, general);
        }
        Bound::Fits
    }

    fn contains(&self, within: &Type, variable: u32) -> bool {
        match within {
            Type::Variable(number) if *number == variable => true,
            Type::Variable(number) => self.0.get(number).is_some_and(|known| self.contains(known, variable)),
            other => other.parameters().into_iter().any(|part| self.contains(part, variable)),
        }
    }
}

/// What came of taking a type for a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Fits,
    IsOther,
    WouldContainItself,
}
