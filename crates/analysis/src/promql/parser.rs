//! The grammar.

use super::function::{aggregation, find};
use super::lexer::Token;
use super::{Kind, Problem};

/// How deep expressions may nest.
const DEPTH: usize = 100;

pub(super) struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    pub(super) fn new(tokens: Vec<Token>) -> Parser {
        Parser { tokens: tokens.into_iter().peekable(), depth: 0 }
    }

    /// The whole text as one expression.
    pub(super) fn whole(mut self) -> Result<Kind, Problem> {
        let kind = self.expression(0)?;
        if self.tokens.peek().is_some() { Err(self.missing("an operator")) } else { Ok(kind) }
    }

    /// An expression whose operators bind at least as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<Kind, Problem> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Problem::Depth);
        }
        let mut left = self.unary()?;
        while let Some((operator, strength)) = self.operator().filter(|(_, strength)| *strength >= least) {
            self.tokens.next();
            let compares = strength == COMPARISON;
            let returns_bool = compares && self.takes_name("bool");
            self.matching()?;
            // `^` binds to the right, all others to the left.
            let right_start = if returns_bool || !compares || left != Kind::Scalar { None } else { Some(self.found()) };
            let right = self.expression(if operator == "^" { strength } else { strength + 1 })?;
            if let (Some(found), Kind::Scalar) = (right_start, right) {
                return Err(Problem::Missing { wanted: "`bool`", found });
            }
            left = joined(&operator, strength, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The next token as a binary operator, and how strongly it binds.
    fn operator(&mut self) -> Option<(String, u8)> {
        let text = match self.tokens.peek()? {
            Token::Sign(sign) => (*sign).to_owned(),
            Token::Name(name) => name.to_ascii_lowercase(),
            Token::Number(_) | Token::Duration(_) | Token::Text(_) => return None,
        };
        let strength = match text.as_str() {
            "or" => 1,
            "and" | "unless" => SET,
            "==" | "!=" | ">" | "<" | ">=" | "<=" => COMPARISON,
            "+" | "-" => 4,
            "*" | "/" | "%" | "atan2" => 5,
            "^" => 6,
            _ => return None,
        };
        Some((text, strength))
    }

    /// `on (…)` or `ignoring (…)`, and `group_left (…)` after it.
    fn matching(&mut self) -> Result<(), Problem> {
        if self.takes_name("on") || self.takes_name("ignoring") {
            self.labels()?;
            if (self.takes_name("group_left") || self.takes_name("group_right")) && self.is_sign("(") {
                self.labels()?;
            }
        }
        Ok(())
    }

    fn unary(&mut self) -> Result<Kind, Problem> {
        if self.takes("-") || self.takes("+") {
            // Only `^` binds more strongly than a sign.
            let operand = self.expression(6)?;
            return match operand {
                Kind::Scalar | Kind::Vector => Ok(operand),
                Kind::Text | Kind::Range => Err(wrong("the operand of a sign", Kind::Vector, operand)),
            };
        }
        let (mut kind, is_selector) = self.primary()?;
        loop {
            if self.takes("[") {
                kind = self.range(kind, is_selector)?;
            } else if self.takes_name("offset") {
                let _negative = self.takes("-") || self.takes("+");
                self.duration("a duration")?;
            } else if self.takes("@") {
                self.instant()?;
            } else {
                return Ok(kind);
            }
        }
    }

    /// `5m]` after a selector, or `5m:1m]` after any vector.
    fn range(&mut self, kind: Kind, is_selector: bool) -> Result<Kind, Problem> {
        self.duration("a duration")?;
        let subquery = self.takes(":");
        if subquery && !self.is_sign("]") {
            self.duration("a step")?;
        }
        if !subquery && !is_selector {
            return Err(self.missing("a step"));
        }
        self.expect("]", "`]`")?;
        if kind == Kind::Vector { Ok(Kind::Range) } else { Err(wrong("what a range is taken of", Kind::Vector, kind)) }
    }

    /// What stands after `@`.
    fn instant(&mut self) -> Result<(), Problem> {
        if self.takes_name("start") || self.takes_name("end") {
            self.expect("(", "`(`")?;
            return self.expect(")", "`)`");
        }
        let _sign = self.takes("-") || self.takes("+");
        match self.tokens.peek() {
            Some(Token::Number(_)) => {
                self.tokens.next();
                Ok(())
            }
            _ => Err(self.missing("a time")),
        }
    }

    /// A value, and whether it selects series.
    fn primary(&mut self) -> Result<(Kind, bool), Problem> {
        if self.is_sign("{") {
            return self.selector(false).map(|kind| (kind, true));
        }
        if self.takes("(") {
            let kind = self.expression(0)?;
            self.expect(")", "`)`")?;
            return Ok((kind, false));
        }
        match self.tokens.peek().cloned() {
            Some(Token::Number(number)) if is_number(&number) => {
                self.tokens.next();
                Ok((Kind::Scalar, false))
            }
            Some(Token::Duration(_)) => {
                self.tokens.next();
                Ok((Kind::Scalar, false))
            }
            Some(Token::Text(_)) => {
                self.tokens.next();
                Ok((Kind::Text, false))
            }
            Some(Token::Name(name)) => {
                self.tokens.next();
                self.named(&name)
            }
            Some(Token::Number(_) | Token::Sign(_)) | None => Err(self.missing("an expression")),
        }
    }

    /// A number, an aggregation, a call or a selector that begins with a name.
    fn named(&mut self, name: &str) -> Result<(Kind, bool), Problem> {
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "inf" | "nan") && !self.is_sign("{") {
            return Ok((Kind::Scalar, false));
        }
        if let Some(parameter) = aggregation(&lower) {
            let grouped = self.grouping()?;
            if grouped || self.is_sign("(") {
                return self.aggregation(&lower, parameter).map(|kind| (kind, false));
            }
        }
        if self.is_sign("(") {
            return self.call(name).map(|kind| (kind, false));
        }
        if self.is_sign("{") {
            return self.selector(true).map(|kind| (kind, true));
        }
        Ok((Kind::Vector, true))
    }

    /// `by (…)` or `without (…)`, if it is there.
    fn grouping(&mut self) -> Result<bool, Problem> {
        let there = self.takes_name("by") || self.takes_name("without");
        if there {
            self.labels()?;
        }
        Ok(there)
    }

    fn aggregation(&mut self, name: &str, parameter: Option<Kind>) -> Result<Kind, Problem> {
        let arguments = self.arguments()?;
        let wanted: &[Kind] = match parameter {
            None => &[Kind::Vector],
            Some(Kind::Scalar) => &[Kind::Scalar, Kind::Vector],
            Some(Kind::Text | Kind::Vector | Kind::Range) => &[Kind::Text, Kind::Vector],
        };
        if arguments.len() != wanted.len() {
            return Err(Problem::Arguments { function: name.to_owned(), given: arguments.len() });
        }
        if let Some((found, wanted)) = arguments.iter().zip(wanted).find(|(found, wanted)| found != wanted) {
            return Err(wrong(&format!("the argument of `{name}`"), *wanted, *found));
        }
        self.grouping()?;
        Ok(Kind::Vector)
    }

    fn call(&mut self, name: &str) -> Result<Kind, Problem> {
        let signature = find(name).ok_or_else(|| Problem::Function(name.to_owned()))?;
        let arguments = self.arguments()?;
        let most = if signature.repeats { usize::MAX } else { signature.arguments.len() };
        if arguments.len() < signature.required || arguments.len() > most {
            return Err(Problem::Arguments { function: name.to_owned(), given: arguments.len() });
        }
        for (place, found) in arguments.into_iter().enumerate() {
            let Some(wanted) = signature.arguments.get(place).or(signature.arguments.last()) else { continue };
            if found != *wanted {
                return Err(wrong(&format!("the argument {} of `{name}`", place + 1), *wanted, found));
            }
        }
        Ok(signature.result)
    }

    fn arguments(&mut self) -> Result<Vec<Kind>, Problem> {
        self.expect("(", "`(`")?;
        let mut arguments = Vec::new();
        while !self.takes(")") {
            if !arguments.is_empty() {
                self.expect(",", "`)`")?;
            }
            arguments.push(self.expression(0)?);
        }
        Ok(arguments)
    }

    /// `{…}` after a metric or on its own.
    fn selector(&mut self, named: bool) -> Result<Kind, Problem> {
        self.expect("{", "`{`")?;
        let mut selects = named;
        while !self.takes("}") {
            match self.tokens.next() {
                Some(Token::Name(_)) => {}
                // A quoted text is a label, or alone the metric.
                Some(Token::Text(_)) if self.is_sign(",") || self.is_sign("}") => {
                    selects = true;
                    self.takes(",");
                    continue;
                }
                Some(Token::Text(_)) => {}
                found => return Err(Problem::Missing { wanted: "a label", found: shown(found.as_ref()) }),
            }
            let equal = self.is_sign("=") || self.is_sign("=~");
            if !(self.takes("=") || self.takes("!=") || self.takes("=~") || self.takes("!~")) {
                return Err(self.missing("`=`"));
            }
            let Some(Token::Text(value)) = self.tokens.next_if(|token| matches!(token, Token::Text(_))) else {
                return Err(self.missing("a quoted text"));
            };
            selects |= if equal { !matches!(value.as_str(), "" | ".*") } else { matches!(value.as_str(), "" | ".+") };
            if !self.is_sign("}") {
                self.expect(",", "`}`")?;
            }
        }
        if selects { Ok(Kind::Vector) } else { Err(Problem::EmptySelector) }
    }

    /// `(a, b)`.
    fn labels(&mut self) -> Result<(), Problem> {
        self.expect("(", "`(`")?;
        while !self.takes(")") {
            match self.tokens.next() {
                Some(Token::Name(_) | Token::Text(_)) => {}
                found => return Err(Problem::Missing { wanted: "a label", found: shown(found.as_ref()) }),
            }
            if !self.is_sign(")") {
                self.expect(",", "`)`")?;
            }
        }
        Ok(())
    }

    fn duration(&mut self, wanted: &'static str) -> Result<(), Problem> {
        match self.tokens.peek() {
            Some(Token::Duration(_)) => {}
            Some(Token::Number(number)) if is_number(number) => {}
            Some(_) | None => return Err(self.missing(wanted)),
        }
        self.tokens.next();
        Ok(())
    }

    fn is_sign(&mut self, sign: &str) -> bool {
        matches!(self.tokens.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let there = self.is_sign(sign);
        if there {
            self.tokens.next();
        }
        there
    }

    fn takes_name(&mut self, name: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Name(found) if found.eq_ignore_ascii_case(name))).is_some()
    }

    fn expect(&mut self, sign: &'static str, wanted: &'static str) -> Result<(), Problem> {
        if self.takes(sign) { Ok(()) } else { Err(self.missing(wanted)) }
    }

    fn found(&mut self) -> String {
        shown(self.tokens.peek())
    }

    fn missing(&mut self, wanted: &'static str) -> Problem {
        Problem::Missing { wanted, found: self.found() }
    }
}

/// How strongly set operators bind.
const SET: u8 = 2;
/// How strongly comparisons bind.
const COMPARISON: u8 = 3;

/// What two operands yield.
fn joined(operator: &str, strength: u8, left: Kind, right: Kind) -> Result<Kind, Problem> {
    let place = format!("an operand of `{operator}`");
    for operand in [left, right] {
        let fits = match operand {
            Kind::Vector => true,
            Kind::Scalar => strength > SET,
            Kind::Text | Kind::Range => false,
        };
        if !fits {
            return Err(wrong(&place, Kind::Vector, operand));
        }
    }
    Ok(if left == Kind::Scalar && right == Kind::Scalar { Kind::Scalar } else { Kind::Vector })
}

fn wrong(place: &str, wanted: Kind, found: Kind) -> Problem {
    Problem::Type { place: place.to_owned(), wanted, found }
}

fn is_number(text: &str) -> bool {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).is_ok(),
        None => text.replace('_', "").parse::<f64>().is_ok(),
    }
}

fn shown(token: Option<&Token>) -> String {
    match token {
        None => String::new(),
        Some(Token::Name(text) | Token::Number(text) | Token::Duration(text)) => text.clone(),
        Some(Token::Text(text)) => format!("\"{text}\""),
        Some(Token::Sign(sign)) => (*sign).to_owned(),
    }
}
