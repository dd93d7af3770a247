//! From text to segments. Where bash and Flux's parser differ, this is Flux's: a `}` cannot be escaped, the text to be
//! replaced ends at the next `/` whatever stands before it, and `${v-x}` without a colon is refused.

use super::{Position, SubstituteError};

/// How deep expressions may stand inside each other.
const MAX_DEPTH: usize = 100;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// As it is, escapes resolved.
    Text(String),
    Expression(Expression),
}

/// `${…}`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) variable: String,
    pub(super) operation: Operation,
    /// Where it starts, in bytes.
    pub(super) offset: usize,
}

/// What is done with a variable's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Nothing,
    Length,
    Case(Reach, Case),
    Substring { offset: Box<Segment>, length: Option<Box<Segment>> },
    Trim(Side, Match, Box<Segment>),
    Replace { place: Place, text: Box<Segment>, replacement: Option<Box<Segment>> },
    Default(Vec<Segment>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    First,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Shortest,
    Longest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Every,
    Start,
    End,
}

/// The segments of `text`.
pub(super) fn parse(text: &str) -> Result<Vec<Segment>, SubstituteError> {
    let mut parser = Parser { text, offset: 0, depth: 0 };
    let mut segments = Vec::new();
    while !parser.rest().is_empty() {
        segments.push(if parser.take("${") {
            Segment::Expression(parser.expression()?)
        } else {
            Segment::Text(parser.literal(Escapes::Dollar, |_| true))
        });
    }
    Ok(segments)
}

/// Which escapes a literal has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    /// `$$` for `$`.
    Dollar,
    /// Also `\/` for `/` and `\\` for `\`.
    DollarAndBackslash,
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.offset += wanted.len();
        }
        found
    }

    /// Up to the next `${`, or the first character that is not accepted.
    fn literal(&mut self, escapes: Escapes, accept: fn(char) -> bool) -> String {
        let mut literal = String::new();
        while let Some(character) = self.peek() {
            let rest = self.rest();
            if rest.starts_with("${") {
                break;
            }
            let escaped = match escapes {
                Escapes::None => None,
                Escapes::Dollar => ["$$"].into_iter().find(|escape| rest.starts_with(escape)),
                Escapes::DollarAndBackslash => {
                    ["$$", "\\/", "\\\\"].into_iter().find(|escape| rest.starts_with(escape))
                }
            };
            match escaped {
                Some(escape) => {
                    literal.push_str(&escape[1..]);
                    self.offset += escape.len();
                }
                None if accept(character) => {
                    literal.push(character);
                    self.offset += character.len_utf8();
                }
                None => break,
            }
        }
        literal
    }

    /// The expression whose `${` was just read.
    fn expression(&mut self) -> Result<Expression, SubstituteError> {
        let offset = self.offset - 2;
        if self.depth == MAX_DEPTH {
            return Err(SubstituteError::TooDeep { limit: MAX_DEPTH, position: Position::of(self.text, offset) });
        }
        self.depth += 1;
        let measured = self.take("#");
        let variable = self.name();
        if variable.is_empty() {
            return Err(SubstituteError::NoName { position: Position::of(self.text, offset) });
        }
        let scope = Scope { variable, offset };
        let operation = if measured { Operation::Length } else { self.operation(&scope)? };
        if !self.take("}") {
            return Err(SubstituteError::NotClosed {
                position: self.position(&scope),
                variable: scope.variable,
                found: self.peek(),
            });
        }
        self.depth -= 1;
        Ok(Expression { variable: scope.variable, operation, offset })
    }

    fn name(&mut self) -> String {
        let is_name = |character: char| character.is_alphabetic() || character.is_ascii_digit() || character == '_';
        let name = self.rest();
        let end = name.find(|character| !is_name(character)).unwrap_or(name.len());
        self.offset += end;
        name[..end].to_owned()
    }

    fn operation(&mut self, scope: &Scope) -> Result<Operation, SubstituteError> {
        for operator in [":=", ":-", ":?", ":+", "="] {
            if self.take(operator) {
                return self.default(scope, operator);
            }
        }
        if self.take(":") {
            return self.substring(scope);
        }
        for (operator, place) in [("//", Place::Every), ("/#", Place::Start), ("/%", Place::End), ("/", Place::First)] {
            if self.take(operator) {
                return self.replace(scope, operator, place);
            }
        }
        for (operator, side, reach) in [
            ("##", Side::Start, Match::Longest),
            ("#", Side::Start, Match::Shortest),
            ("%%", Side::End, Match::Longest),
            ("%", Side::End, Match::Shortest),
        ] {
            if self.take(operator) {
                let pattern =
                    self.parameter(scope, operator, "pattern", Escapes::None, |character| character != '}')?;
                return Ok(Operation::Trim(side, reach, Box::new(pattern)));
            }
        }
        for (operator, reach, case) in [
            ("^^", Reach::All, Case::Upper),
            (",,", Reach::All, Case::Lower),
            // Mixed, they mean nothing to Flux, and change nothing.
            ("^,", Reach::First, Case::Upper),
            (",^", Reach::First, Case::Lower),
            ("^", Reach::First, Case::Upper),
            (",", Reach::First, Case::Lower),
        ] {
            if self.take(operator) {
                let mixed = matches!(operator, "^," | ",^");
                return Ok(if mixed { Operation::Nothing } else { Operation::Case(reach, case) });
            }
        }
        Ok(Operation::Nothing)
    }

    fn default(&mut self, scope: &Scope, operator: &str) -> Result<Operation, SubstituteError> {
        let mut parts = Vec::new();
        while self.peek() != Some('}') {
            parts.push(self.parameter(scope, operator, "default", Escapes::None, |character| character != '}')?);
        }
        Ok(Operation::Default(parts))
    }

    fn substring(&mut self, scope: &Scope) -> Result<Operation, SubstituteError> {
        let is_number = |character: char| character != ':' && character != '}';
        let offset = Box::new(self.parameter(scope, ":", "offset", Escapes::None, is_number)?);
        let mut length = None;
        if self.take(":") {
            while self.take(":") {}
            let parameter = self.parameter(scope, ":", "length", Escapes::None, |character| character != '}')?;
            length = Some(Box::new(parameter));
        }
        Ok(Operation::Substring { offset, length })
    }

    fn replace(&mut self, scope: &Scope, operator: &str, place: Place) -> Result<Operation, SubstituteError> {
        let escapes = Escapes::DollarAndBackslash;
        let text = if self.peek() == Some('/') {
            Segment::Text(String::new())
        } else {
            self.parameter(scope, operator, "text to replace", escapes, |character| character != '/')?
        };
        if !self.take("/") {
            return Err(self.incomplete(scope, operator, "`/` and replacement"));
        }
        while self.take("/") {}
        let replacement = if self.peek() == Some('}') {
            None
        } else {
            Some(Box::new(self.parameter(scope, operator, "replacement", escapes, |character| character != '}')?))
        };
        Ok(Operation::Replace { place, text: Box::new(text), replacement })
    }

    /// One expression or one literal that is not empty.
    fn parameter(
        &mut self,
        scope: &Scope,
        operator: &str,
        what: &'static str,
        escapes: Escapes,
        accept: fn(char) -> bool,
    ) -> Result<Segment, SubstituteError> {
        if self.take("${") {
            return self.expression().map(Segment::Expression);
        }
        let start = self.offset;
        let literal = self.literal(escapes, accept);
        if self.offset == start {
            return Err(self.incomplete(scope, operator, what));
        }
        Ok(Segment::Text(literal))
    }

    fn incomplete(&self, scope: &Scope, operator: &str, what: &'static str) -> SubstituteError {
        let position = self.position(scope);
        if self.peek().is_none() {
            return SubstituteError::NotClosed { variable: scope.variable.clone(), found: None, position };
        }
        SubstituteError::Incomplete { variable: scope.variable.clone(), operator: operator.to_owned(), what, position }
    }

    fn position(&self, scope: &Scope) -> Position {
        Position::of(self.text, scope.offset)
    }
}

/// The expression being read.
struct Scope {
    variable: String,
    offset: usize,
}
