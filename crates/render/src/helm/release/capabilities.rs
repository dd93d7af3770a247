//! What a cluster, or Helm itself, can do.

use manifest::semver_range::{VersionRange, loose_version};

use super::Rules;
use super::api_versions::KNOWN;

/// What `.Capabilities` tells templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// `v1`, `apps/v1`, `apps/v1/Deployment` and so on, in order.
    pub api_versions: Vec<String>,
}

impl Capabilities {
    /// What Helm takes for granted where it asks no cluster: Kubernetes 1.36 and the groups it was built with.
    pub fn offline() -> Capabilities {
        Capabilities {
            kube_version: KubeVersion {
                version: "v1.36.0".to_owned(),
                normalized: "v1.36.0".to_owned(),
                major: "1".to_owned(),
                minor: "36".to_owned(),
            },
            api_versions: KNOWN.iter().map(|version| (*version).to_owned()).collect(),
        }
    }
}

/// A version of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVersion {
    /// As it is shown: `v1.33.4-gke.1245000`.
    pub version: String,
    /// Its numbers alone, which ranges of charts are compared with: `v1.33.4`.
    pub normalized: String,
    /// The first number.
    pub major: String,
    /// The second number. Unlike what API servers tell, it never ends in a `+`.
    pub minor: String,
}

/// A text that is no version of Kubernetes. The text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeVersionError {
    /// It starts with no number.
    #[error("could not parse {0:?} as version")]
    NoVersion(String),
    /// It has one number.
    #[error("illegal version string {0:?}")]
    TooShort(String),
    /// A number is too large.
    #[error(
        "illegal non-numeric version component {component:?} in {text:?}: strconv.ParseUint: parsing {component:?}: value out of range"
    )]
    TooLarge {
        /// The number.
        component: String,
        /// The whole text.
        text: String,
    },
}

impl KubeVersion {
    /// Reads `1.33`, `v1.33.4` or `v1.33.4-gke.1245000`.
    ///
    /// # Errors
    ///
    /// If it does not start with two numbers.
    pub fn parse(text: &str, rules: Rules) -> Result<KubeVersion, KubeVersionError> {
        let trimmed = text.trim_start();
        let body = trimmed.strip_prefix('v').unwrap_or(trimmed);
        let mut components: Vec<&str> = Vec::new();
        let mut rest = body;
        loop {
            let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
            if digits == 0 {
                break;
            }
            components.push(&rest[..digits]);
            match rest[digits..].strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        match components.len() {
            0 => return Err(KubeVersionError::NoVersion(text.to_owned())),
            1 => return Err(KubeVersionError::TooShort(text.to_owned())),
            _ => {}
        }
        let too_large =
            |component: &str| KubeVersionError::TooLarge { component: component.to_owned(), text: text.to_owned() };
        let numbers = components
            .iter()
            .map(|component| {
                component.parse::<u64>().map(|number| number.to_string()).map_err(|_| too_large(component))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let normalized = format!("v{}", numbers.join("."));
        let version = match rules {
            Rules::V3 => normalized.clone(),
            Rules::V4 if text.starts_with('v') => text.to_owned(),
            Rules::V4 => format!("v{text}"),
        };
        Ok(KubeVersion { version, normalized, major: numbers[0].clone(), minor: numbers[1].clone() })
    }

    /// Whether the version is in a chart's range; a range that cannot be read holds no version.
    pub fn is_in(&self, range: &str) -> bool {
        match (loose_version(&self.normalized), range.parse::<VersionRange>()) {
            (Some(version), Ok(range)) => range.matches(&version),
            _ => false,
        }
    }
}
