//! Kubernetes label selectors: `a=b, c!=d, e in (f, g), h notin (i), j, !k, l > 1`.

use super::SelectorError;

/// A parsed selector; all requirements must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LabelSelector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operator {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    GreaterThan(i64),
    LessThan(i64),
}

impl LabelSelector {
    pub(super) fn parse(text: &str) -> Result<LabelSelector, SelectorError> {
        let mut parser = Parser { rest: text };
        parser
            .requirements()
            .map(LabelSelector)
            .map_err(|reason| SelectorError::Labels { text: text.to_owned(), reason })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn matches(&self, lookup: &dyn Fn(&str) -> Option<String>) -> bool {
        self.0.iter().all(|requirement| {
            let value = lookup(&requirement.key);
            match &requirement.operator {
                Operator::Exists => value.is_some(),
                Operator::Missing => value.is_none(),
                Operator::In(values) => value.is_some_and(|value| values.contains(&value)),
                Operator::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
                Operator::GreaterThan(bound) => number(value).is_some_and(|value| value > *bound),
                Operator::LessThan(bound) => number(value).is_some_and(|value| value < *bound),
            }
        })
    }
}

fn number(value: Option<String>) -> Option<i64> {
    value?.parse().ok()
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn requirements(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        self.skip_space();
        if self.rest.is_empty() {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            self.skip_space();
            if self.rest.is_empty() {
                return Ok(requirements);
            }
            if !self.take(",") {
                return Err(format!("expected `,` before `{}`", self.rest));
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        self.skip_space();
        if self.take("!") {
            let key = self.key()?;
            return Ok(Requirement { key, operator: Operator::Missing });
        }
        let key = self.key()?;
        self.skip_space();
        let operator = if self.rest.is_empty() || self.rest.starts_with(',') {
            Operator::Exists
        } else if self.take("==") || self.take("=") {
            Operator::In(vec![self.word().to_owned()])
        } else if self.take("!=") {
            Operator::NotIn(vec![self.word().to_owned()])
        } else if self.take(">") {
            Operator::GreaterThan(self.bound()?)
        } else if self.take("<") {
            Operator::LessThan(self.bound()?)
        } else {
            match self.word() {
                "in" => Operator::In(self.set()?),
                "notin" => Operator::NotIn(self.set()?),
                other => return Err(format!("`{other}` is no operator: use =, !=, in, notin, > or <")),
            }
        };
        Ok(Requirement { key, operator })
    }

    fn key(&mut self) -> Result<String, String> {
        match self.word() {
            "" => Err("a key is missing".to_owned()),
            key => Ok(key.to_owned()),
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let word = self.word();
        word.parse().map_err(|_| format!("`{word}` is not a whole number"))
    }

    fn set(&mut self) -> Result<Vec<String>, String> {
        self.skip_space();
        if !self.take("(") {
            return Err("expected `(` and a list of values".to_owned());
        }
        let mut values = vec![self.word().to_owned()];
        loop {
            self.skip_space();
            if self.take(")") {
                return Ok(values);
            }
            if !self.take(",") {
                return Err("the list of values has no `)`".to_owned());
            }
            values.push(self.word().to_owned());
        }
    }

    /// The next word, empty if there is none.
    fn word(&mut self) -> &'a str {
        self.skip_space();
        let end = self
            .rest
            .find(|character: char| character.is_whitespace() || "=!,()<>".contains(character))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, expected: &[(&str, bool)]) {
        let selector = LabelSelector::parse(selector).expect("a selector");
        for (labels, matches) in expected {
            let lookup = |key: &str| {
                labels
                    .split(',')
                    .filter_map(|pair| pair.split_once('='))
                    .find(|(name, _)| *name == key)
                    .map(|(_, value)| value.to_owned())
            };
            assert_eq!(selector.matches(&lookup), *matches, "{labels}");
        }
    }

    #[test]
    fn every_operator() {
        check("", &[("", true), ("a=b", true)]);
        check("a=b", &[("a=b", true), ("a=c", false), ("", false)]);
        check("a == b,c", &[("a=b,c=", true), ("a=b", false)]);
        check("a!=b", &[("a=b", false), ("a=c", true), ("", true)]);
        check("a in (b, c),d notin (e)", &[("a=b", true), ("a=c,d=e", false), ("d=f", false)]);
        check("!a", &[("", true), ("a=b", false)]);
        check("a>5, a < 9", &[("a=7", true), ("a=5", false), ("a=9", false), ("a=x", false)]);
        check("app.kubernetes.io/name=web", &[("app.kubernetes.io/name=web", true)]);
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["=b", "a in b", "a in (b", "a ~ b", "a b", "a>x", ",a"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }
}
