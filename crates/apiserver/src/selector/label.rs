//! Label selectors: `app=web,tier in (a, b),!legacy`.

use serde_json::Value;

use crate::registry::FieldError;
use crate::schema::names;

/// What a label has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(Vec<String>),
    /// Not one of these, or absent.
    NotIn(Vec<String>),
    Exists,
    Absent,
    Greater(i64),
    Less(i64),
}

/// All of its requirements have to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LabelSelector {
    requirements: Vec<(String, Requirement)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Symbol(&'a str),
}

impl LabelSelector {
    /// Reads apimachinery's selector syntax. The error is the API server's message.
    pub(crate) fn parse(text: &str) -> Result<LabelSelector, String> {
        let tokens = tokens(text);
        let mut rest = tokens.as_slice();
        let mut requirements = Vec::new();
        while !rest.is_empty() {
            let (requirement, after) = requirement(rest)?;
            check_words(&requirement).map_err(|why| format!("unable to parse requirement: {why}"))?;
            requirements.push(requirement);
            rest = match after {
                [] => after,
                [Token::Symbol(","), more @ ..] if !more.is_empty() => more,
                [Token::Symbol(","), ..] => return Err("found '', expected: identifier after ','".to_owned()),
                [other, ..] => return Err(format!("found '{}', expected: ',' or 'end of string'", shown(other))),
            };
        }
        Ok(LabelSelector { requirements })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = object.get("metadata").and_then(|metadata| metadata.get("labels"));
        self.requirements.iter().all(|(key, requirement)| {
            let value = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
            requirement.holds(value)
        })
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match self {
            Requirement::In(values) => value.is_some_and(|value| values.iter().any(|allowed| allowed == value)),
            Requirement::NotIn(values) => value.is_none_or(|value| values.iter().all(|refused| refused != value)),
            Requirement::Exists => value.is_some(),
            Requirement::Absent => value.is_none(),
            Requirement::Greater(bound) => number().is_some_and(|number| number > *bound),
            Requirement::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// Refuses what no label can be.
fn check_words((key, requirement): &(String, Requirement)) -> Result<(), FieldError> {
    if let Some(problem) = names::qualified_name(key) {
        return Err(FieldError::invalid("key", &key.as_str().into(), &problem));
    }
    let values = match requirement {
        Requirement::In(values) | Requirement::NotIn(values) => values.as_slice(),
        Requirement::Exists | Requirement::Absent | Requirement::Greater(_) | Requirement::Less(_) => &[],
    };
    let wrong = values.iter().enumerate().find_map(|(index, value)| {
        let problem = names::label_value(value)?;
        Some(FieldError::invalid(&format!("values[{index}][{key}]"), &value.as_str().into(), &problem))
    });
    wrong.map_or(Ok(()), Err)
}

fn shown(token: &Token<'_>) -> String {
    match token {
        Token::Word(text) | Token::Symbol(text) => (*text).to_owned(),
    }
}

fn requirement<'t, 'a>(tokens: &'t [Token<'a>]) -> Result<((String, Requirement), &'t [Token<'a>]), String> {
    match tokens {
        [Token::Symbol("!"), Token::Word(key), rest @ ..] => Ok((((*key).to_owned(), Requirement::Absent), rest)),
        [Token::Word(key), rest @ ..] => {
            let key = (*key).to_owned();
            match rest {
                [Token::Symbol("=" | "=="), rest @ ..] => {
                    let (value, rest) = exact_value(rest)?;
                    Ok(((key, Requirement::In(vec![value])), rest))
                }
                [Token::Symbol("!="), rest @ ..] => {
                    let (value, rest) = exact_value(rest)?;
                    Ok(((key, Requirement::NotIn(vec![value])), rest))
                }
                [Token::Symbol(operator @ (">" | "<")), rest @ ..] => {
                    let (value, rest) = exact_value(rest)?;
                    let bound = value.parse().map_err(|_| {
                        format!("values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer")
                    })?;
                    let requirement =
                        if *operator == ">" { Requirement::Greater(bound) } else { Requirement::Less(bound) };
                    Ok(((key, requirement), rest))
                }
                [Token::Word("in"), rest @ ..] => {
                    let (values, rest) = value_list(rest)?;
                    Ok(((key, Requirement::In(values)), rest))
                }
                [Token::Word("notin"), rest @ ..] => {
                    let (values, rest) = value_list(rest)?;
                    Ok(((key, Requirement::NotIn(values)), rest))
                }
                [] | [Token::Symbol(","), ..] => Ok(((key, Requirement::Exists), rest)),
                [other, ..] => Err(format!(
                    "unable to parse requirement: found '{}', expected: in, notin, =, ==, !=, gt, lt",
                    shown(other)
                )),
            }
        }
        [other, ..] => Err(format!(
            "unable to parse requirement: found '{}', expected: !, identifier, or 'end of string'",
            shown(other)
        )),
        [] => Err("unable to parse requirement: found '', expected: identifier".to_owned()),
    }
}

/// The word after an operator; none means the empty value.
fn exact_value<'t, 'a>(tokens: &'t [Token<'a>]) -> Result<(String, &'t [Token<'a>]), String> {
    match tokens {
        [Token::Word(value), rest @ ..] => Ok(((*value).to_owned(), rest)),
        [] | [Token::Symbol(","), ..] => Ok((String::new(), tokens)),
        [other, ..] => Err(format!("unable to parse requirement: found '{}', expected: identifier", shown(other))),
    }
}

fn value_list<'t, 'a>(tokens: &'t [Token<'a>]) -> Result<(Vec<String>, &'t [Token<'a>]), String> {
    let [Token::Symbol("("), inner @ ..] = tokens else {
        let found = tokens.first().map(shown).unwrap_or_default();
        return Err(format!("unable to parse requirement: found '{found}' expected: '('"));
    };
    let mut rest = inner;
    let mut values = Vec::new();
    loop {
        let (value, after) = match rest {
            [Token::Word(value), after @ ..] => ((*value).to_owned(), after),
            [Token::Symbol(")" | ","), ..] => (String::new(), rest),
            _ => return Err("unable to parse requirement: found '', expected: ',', ')' or identifier".to_owned()),
        };
        values.push(value);
        match after {
            [Token::Symbol(","), after @ ..] => rest = after,
            [Token::Symbol(")"), after @ ..] => return Ok((values, after)),
            _ => return Err("unable to parse requirement: found '', expected: ',' or ')'".to_owned()),
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let symbol =
            ["==", "!=", "!", "=", "<", ">", "(", ")", ","].into_iter().find(|symbol| rest.starts_with(symbol));
        let token = match symbol {
            Some(symbol) => Token::Symbol(symbol),
            None => {
                let end = rest
                    .find(|character: char| character.is_whitespace() || "!=<>(),".contains(character))
                    .unwrap_or(rest.len());
                Token::Word(&rest[..end])
            }
        };
        let (Token::Word(taken) | Token::Symbol(taken)) = token;
        tokens.push(token);
        rest = rest[taken.len()..].trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(selector: &str, matching: &str) {
        let parsed = LabelSelector::parse(selector).expect("a selector");
        let objects = [
            ("a", json!({"metadata": {"labels": {"app": "web", "tier": "front", "n": "5"}}})),
            ("b", json!({"metadata": {"labels": {"app": "db", "n": "9", "empty": ""}}})),
            ("c", json!({"metadata": {}})),
        ];
        let found: Vec<&str> =
            objects.iter().filter(|(_, object)| parsed.matches(object)).map(|(name, _)| *name).collect();
        assert_eq!(found.join(" "), matching, "{selector}");
    }

    #[test]
    fn selectors_choose_objects() {
        check("", "a b c");
        check("app=web", "a");
        check("app==web", "a");
        check(" app = web , tier=front ", "a");
        check("app!=web", "b c");
        check("app", "a b");
        check("!app", "c");
        check("app in (web,db)", "a b");
        check("app in ( web )", "a");
        check("app notin (web)", "b c");
        check("app,tier notin (front)", "b");
        check("n>5", "b");
        check("n<9", "a");
        check("empty=", "b");
        check("empty in ()", "b");
        check("in in (x)", "");
        check("example.com/part-of=x", "");
    }

    #[track_caller]
    fn refused(selector: &str) {
        assert!(LabelSelector::parse(selector).is_err(), "{selector}");
    }

    #[test]
    fn nonsense_is_refused() {
        for selector in [
            "=web",
            "app=web,",
            "app in web",
            "app in (web",
            "a b",
            "a=b=c",
            "!",
            "a>x",
            ",",
            "a/b/c=x",
            "-a=x",
            "a=-x",
            "a in (b,c/d)",
            "/a",
            "a/=x",
        ] {
            refused(selector);
        }
    }
}
