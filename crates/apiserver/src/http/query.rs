//! Query parameters: `ListOptions`, `CreateOptions`, `PatchOptions` and so on, as clients send them.

use crate::error::ApiError;
use crate::schema::FieldValidation;

/// Whether a write takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Effect {
    /// It is stored.
    #[default]
    Stored,
    /// `dryRun=All`: everything but storing it.
    DryRun,
}

/// The decoded pairs of a query string, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        Query { pairs: pairs.collect() }
    }

    /// The value of a parameter; empty when it is absent, as all of them mean the same by both.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// A boolean parameter, in the spellings Go reads; `None` when absent.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let found = self.pairs.iter().find(|(key, _)| key == name)?;
        Some(!matches!(found.1.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False"))
    }

    /// A whole number; `None` when absent.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.text(name) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| ApiError::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))),
        }
    }

    /// A resource version: `None` when absent, 0 for "any".
    pub(crate) fn resource_version(&self) -> Result<Option<u64>, ApiError> {
        match self.text("resourceVersion") {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                ApiError::bad_request(format!(
                    "resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
                ))
            }),
        }
    }

    /// `dryRun`.
    pub(crate) fn effect(&self) -> Result<Effect, ApiError> {
        let mut effect = Effect::Stored;
        for (_, value) in self.pairs.iter().filter(|(name, _)| name == "dryRun") {
            match value.as_str() {
                "" => {}
                "All" => effect = Effect::DryRun,
                other => {
                    return Err(ApiError::bad_request(format!(
                        "dryRun: Unsupported value: \"{other}\": supported values: \"All\""
                    )));
                }
            }
        }
        Ok(effect)
    }

    /// `fieldValidation`.
    pub(crate) fn field_validation(&self) -> Result<FieldValidation, ApiError> {
        match self.text("fieldValidation") {
            "" | "Warn" => Ok(FieldValidation::Warn),
            "Ignore" => Ok(FieldValidation::Ignore),
            "Strict" => Ok(FieldValidation::Strict),
            other => Err(ApiError::bad_request(format!(
                "fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\""
            ))),
        }
    }
}

/// Resolves `%41`; bytes that are no text become replacement characters.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let query = Query::parse("labelSelector=app%3Dweb%2Ctier+in+(a)&watch=1&limit=5&pretty&x=%zz%");
        assert_eq!(query.text("labelSelector"), "app=web,tier in (a)");
        assert_eq!(query.flag("watch"), Some(true));
        assert_eq!(query.flag("pretty"), Some(true));
        assert_eq!(query.flag("absent"), None);
        assert_eq!(query.number("limit"), Ok(Some(5)));
        assert_eq!(query.text("x"), "%zz%");
        assert_eq!(Query::parse("watch=false").flag("watch"), Some(false));
    }

    #[test]
    fn unsupported_values_are_refused() {
        assert!(Query::parse("limit=x").number("limit").is_err());
        assert!(Query::parse("resourceVersion=abc").resource_version().is_err());
        assert!(Query::parse("dryRun=Some").effect().is_err());
        assert!(Query::parse("fieldValidation=strict").field_validation().is_err());
        assert_eq!(Query::parse("dryRun=All").effect(), Ok(Effect::DryRun));
    }
}
