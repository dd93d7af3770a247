//! `.Capabilities`.

use std::any::Any;
use std::rc::Rc;

use super::record::Record;
use crate::helm::release::{Capabilities, KubeVersion, Rules};
use crate::template::Value;
use crate::template::value::{List, Method, Named, Object, Type};

/// What templates see of the cluster.
pub(super) fn capabilities(capabilities: &Capabilities, rules: Rules) -> Value {
    let name = match rules {
        Rules::V3 => "*chartutil.Capabilities",
        Rules::V4 => "*common.Capabilities",
    };
    let kube_version = Version { version: capabilities.kube_version.clone(), rules };
    let items = capabilities.api_versions.iter().map(|version| Value::string(version.as_str())).collect();
    let versions = List::of(Type::String, items).with_type(Rc::new(ApiVersions { rules }));
    let fields = vec![
        ("KubeVersion", Value::Object(Rc::new(kube_version))),
        ("APIVersions", Value::List(versions)),
        ("HelmVersion", helm_version(rules)),
    ];
    Record::new(name, fields).value()
}

/// The Helm whose rules count. What says how it was built is empty.
fn helm_version(rules: Rules) -> Value {
    let version = match rules {
        Rules::V3 => "v3.21.4",
        Rules::V4 => "v4.2.4",
    };
    let mut fields = vec![
        ("Version", Value::string(version)),
        ("GitCommit", Value::string("")),
        ("GitTreeState", Value::string("")),
        ("GoVersion", Value::string("")),
    ];
    let mut json = vec![("version", Value::string(version))];
    if rules == Rules::V4 {
        fields.push(("KubeClientVersion", Value::string("v1.36")));
        json.push(("kube_client_version", Value::string("v1.36")));
    }
    Record::new("version.BuildInfo", fields).with_json(json).value()
}

/// `common.VersionSet`.
struct ApiVersions {
    rules: Rules,
}

impl Named for ApiVersions {
    fn type_name(&self) -> &str {
        match self.rules {
            Rules::V3 => "chartutil.VersionSet",
            Rules::V4 => "common.VersionSet",
        }
    }

    fn method(&self, name: &str) -> Option<Method> {
        (name == "Has").then_some(Method {
            parameters: &[Type::String],
            body: |_, versions, given| {
                let versions = match versions {
                    Value::List(list) => list.items(),
                    _ => &[],
                };
                let is_it = |version: &Value| matches!(version, Value::String(text) if text.bytes() == given.text(0));
                Ok(Value::Bool(versions.iter().any(is_it)))
            },
        })
    }
}

/// `common.KubeVersion`.
struct Version {
    version: KubeVersion,
    rules: Rules,
}

impl Object for Version {
    fn type_name(&self) -> &str {
        match self.rules {
            Rules::V3 => "chartutil.KubeVersion",
            Rules::V4 => "common.KubeVersion",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let KubeVersion { version, normalized: _, major, minor } = &self.version;
        [("Version", version), ("Major", major), ("Minor", minor)]
            .into_iter()
            .map(|(name, text)| (name, Value::string(text.as_str())))
            .collect()
    }

    fn all_fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = self.fields();
        if self.rules == Rules::V4 {
            fields.insert(1, ("normalizedVersion", Value::string(self.version.normalized.as_str())));
        }
        fields
    }

    fn method(&self, name: &str) -> Option<Method> {
        match name {
            "GitVersion" => Some(Method {
                parameters: &[],
                body: |_, version, _| Ok(text_of(version, |version| version.version.version.clone())),
            }),
            "String" => Some(Method { parameters: &[], body: |_, version, _| Ok(text_of(version, Version::shown)) }),
            _ => None,
        }
    }

    fn display_in_place(&self) -> Option<String> {
        Some(self.shown())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Version {
    fn shown(&self) -> String {
        self.version.normalized.clone()
    }
}

/// The receiver of a method is always a version.
fn text_of(value: &Value, text: impl Fn(&Version) -> String) -> Value {
    let version = match value {
        Value::Object(object) => object.as_any().downcast_ref::<Version>(),
        _ => None,
    };
    version.map_or(Value::Nil, |version| Value::string(text(version)))
}
