//! Versions, as the Masterminds library reads and compares them.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use manifest::semver_range::{self, VersionRange};

use crate::template::function::{Arguments, Call, Failure, Function};
use crate::template::value::{Method, Object, Type, Unsigned, Value};

const S: Type = Type::String;
const NAME: &str = "*semver.Version";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("semver", &[S], |_, given| {
        let version = Version::parse(&given.string(0)).ok_or_else(invalid)?;
        Ok(Value::Object(Rc::new(version)))
    }),
    Function::new("semverCompare", &[S, S], |_, given| {
        let written = given.string(0);
        let range: VersionRange =
            written.parse().map_err(|_| Failure::message(format!("improper constraint: {written}")))?;
        let version = Version::parse(&given.string(1)).ok_or_else(invalid)?;
        Ok(range.matches(&version.version).into())
    }),
];

fn invalid() -> Failure {
    Failure::message("Invalid Semantic Version")
}

/// `*semver.Version`: a version and the text it was read from.
struct Version {
    version: semver::Version,
    original: String,
}

impl Version {
    /// One to three numbers, `v` before and a pre-release or build after them.
    fn parse(text: &str) -> Option<Version> {
        let version = semver_range::loose_version(text)?;
        Some(Version { version, original: text.to_owned() })
    }

    fn next(&self, version: semver::Version) -> Value {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        let original = format!("{prefix}{version}");
        Value::Object(Rc::new(Version { version, original }))
    }
}

impl Object for Version {
    fn type_name(&self) -> &str {
        NAME
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn all_fields(&self) -> Vec<(&'static str, Value)> {
        let semver::Version { major, minor, patch, pre, build } = &self.version;
        vec![
            ("major", number(*major)),
            ("minor", number(*minor)),
            ("patch", number(*patch)),
            ("pre", Value::string(pre.as_str())),
            ("metadata", Value::string(build.as_str())),
            ("original", Value::string(self.original.as_str())),
        ]
    }

    fn method(&self, name: &str) -> Option<Method> {
        const OTHER: &[Type] = &[Type::Named(NAME)];
        Some(match name {
            "Major" => part(|_, this, _| Ok(number(of(this)?.version.major))),
            "Minor" => part(|_, this, _| Ok(number(of(this)?.version.minor))),
            "Patch" => part(|_, this, _| Ok(number(of(this)?.version.patch))),
            "Prerelease" => part(|_, this, _| Ok(Value::string(of(this)?.version.pre.as_str()))),
            "Metadata" => part(|_, this, _| Ok(Value::string(of(this)?.version.build.as_str()))),
            "Original" => part(|_, this, _| Ok(Value::string(of(this)?.original.as_str()))),
            "String" => part(|_, this, _| Ok(Value::string(of(this)?.version.to_string()))),
            "IncMajor" => part(|_, this, _| {
                let this = of(this)?;
                Ok(this.next(semver::Version::new(this.version.major.saturating_add(1), 0, 0)))
            }),
            "IncMinor" => part(|_, this, _| {
                let this = of(this)?;
                Ok(this.next(semver::Version::new(this.version.major, this.version.minor.saturating_add(1), 0)))
            }),
            "IncPatch" => part(|_, this, _| {
                let this = of(this)?;
                // A pre-release is followed by its own release.
                let step = u64::from(this.version.pre.is_empty());
                let patch = this.version.patch.saturating_add(step);
                Ok(this.next(semver::Version::new(this.version.major, this.version.minor, patch)))
            }),
            "Compare" => {
                Method { parameters: OTHER, body: |_, this, given| Ok(Value::int(order(this, given)? as i64)) }
            }
            "Equal" => Method { parameters: OTHER, body: |_, this, given| Ok(order(this, given)?.is_eq().into()) },
            "LessThan" => Method { parameters: OTHER, body: |_, this, given| Ok(order(this, given)?.is_lt().into()) },
            "LessThanEqual" => {
                Method { parameters: OTHER, body: |_, this, given| Ok(order(this, given)?.is_le().into()) }
            }
            "GreaterThan" => {
                Method { parameters: OTHER, body: |_, this, given| Ok(order(this, given)?.is_gt().into()) }
            }
            "GreaterThanEqual" => {
                Method { parameters: OTHER, body: |_, this, given| Ok(order(this, given)?.is_ge().into()) }
            }
            _ => return None,
        })
    }

    fn display(&self) -> Option<String> {
        Some(self.version.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn part(body: fn(&mut Call<'_>, &Value, &Arguments<'_>) -> Result<Value, Failure>) -> Method {
    Method { parameters: &[], body }
}

fn number(value: u64) -> Value {
    Value::Uint(Unsigned::Uint64, value)
}

fn of(value: &Value) -> Result<&Version, Failure> {
    let version = match value {
        Value::Object(object) => object.as_any().downcast_ref::<Version>(),
        _ => None,
    };
    version.ok_or_else(|| Failure::message("the receiver is not a version"))
}

fn order(this: &Value, given: &Arguments<'_>) -> Result<Ordering, Failure> {
    Ok(of(this)?.version.cmp_precedence(&of(given.value(0))?.version))
}
