//! The document of an index, as far as anything in it counts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// `index.yaml` as written.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a mapping with apiVersion and entries")]
pub(super) struct Document {
    #[serde(default, rename = "apiVersion")]
    pub(super) api_version: Option<String>,
    #[serde(default)]
    pub(super) entries: Entries,
}

/// Charts by name, each name once.
#[derive(Debug, Default)]
pub(super) struct Entries(pub(super) BTreeMap<String, Vec<Option<Listed>>>);

/// One version of a chart.
#[derive(Debug, Deserialize)]
#[serde(expecting = "the metadata of a chart")]
pub(super) struct Listed {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) version: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) urls: Option<Vec<Option<String>>>,
    #[serde(default)]
    pub(super) digest: Option<String>,
    #[serde(default)]
    pub(super) created: Option<String>,
    #[serde(default)]
    pub(super) deprecated: Option<Flag>,
    #[serde(default)]
    pub(super) dependencies: Option<Vec<Option<Dependency>>>,
    #[serde(default)]
    maintainers: Option<Vec<Option<IgnoredAny>>>,
}

/// A dependency of a chart: only what makes it invalid.
#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    #[serde(default)]
    alias: Option<String>,
}

/// `true` or `false`, which in YAML arrives as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag(pub(super) bool);

impl Listed {
    /// Whether Helm would keep the entry: others it leaves out and reads on.
    pub(super) fn is_valid(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        let version = self.version.as_deref().unwrap_or_default();
        let is_alias = |alias: &str| {
            alias.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
        };
        let dependencies_are_valid = self.dependencies.iter().flatten().all(|dependency| {
            dependency.as_ref().is_some_and(|dependency| is_alias(dependency.alias.as_deref().unwrap_or_default()))
        });
        !name.is_empty()
            && !matches!(name, "." | "..")
            && !name.contains('/')
            && manifest::semver_range::loose_version(version).is_some()
            && matches!(self.kind.as_deref().unwrap_or_default(), "" | "application" | "library")
            && self.maintainers.iter().flatten().all(Option::is_some)
            && dependencies_are_valid
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Flag, D::Error> {
        struct FlagVisitor;
        impl Visitor<'_> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                Ok(Flag(matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "y")))
            }
        }
        deserializer.deserialize_any(FlagVisitor)
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("charts by name")
            }

            fn visit_unit<E: Error>(self) -> Result<Entries, E> {
                Ok(Entries::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some(name) = map.next_key::<String>()? {
                    let versions = map.next_value::<Option<Vec<Option<Listed>>>>()?.unwrap_or_default();
                    match entries.0.entry(name) {
                        Entry::Vacant(vacant) => vacant.insert(versions),
                        Entry::Occupied(occupied) => {
                            return Err(A::Error::custom(format!("the chart {:?} is listed twice", occupied.key())));
                        }
                    };
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_any(EntriesVisitor)
    }
}
