//! A schema that is made on first use, so that starting the server stays cheap.

use std::fmt;
use std::sync::{Arc, OnceLock};

use expressions::Position;
use manifest::GroupVersionKind;
use manifest::topology::{self, Topology};

use super::structural::{self, StructuralSchema};
use super::written::WrittenSchema;
use crate::builtin::Declaration;
use crate::cel::Rules;

/// The schema of one resource, made once for all clones of the handle.
#[derive(Clone)]
pub struct LazySchema {
    source: Source,
    made: Arc<Made>,
}

#[derive(Clone)]
enum Source {
    BuiltIn(Declaration),
    Custom(WrittenSchema),
}

#[derive(Default)]
struct Made {
    structure: OnceLock<Arc<StructuralSchema>>,
    topology: OnceLock<Arc<Topology>>,
    rules: OnceLock<Option<Rules>>,
}

impl LazySchema {
    /// Of a row of the built-in table.
    pub(crate) fn built_in(declaration: Declaration) -> LazySchema {
        LazySchema { source: Source::BuiltIn(declaration), made: Arc::default() }
    }

    /// Of a version of a CustomResourceDefinition, from its `openAPIV3Schema`.
    pub fn custom(schema: WrittenSchema) -> LazySchema {
        LazySchema { source: Source::Custom(schema), made: Arc::default() }
    }

    /// The structure.
    pub fn structure(&self) -> &Arc<StructuralSchema> {
        self.made.structure.get_or_init(|| match &self.source {
            Source::BuiltIn(declaration) => structural::built_in(declaration.generate),
            Source::Custom(schema) => Arc::new(StructuralSchema::parse_custom(&schema.read())),
        })
    }

    /// Which lists are maps or sets, for field management and strategic merge.
    pub fn topology(&self) -> &Arc<Topology> {
        self.made.topology.get_or_init(|| match &self.source {
            Source::BuiltIn(declaration) => topology::builtin(&GroupVersionKind {
                group: declaration.group.to_owned(),
                version: declaration.described_by.to_owned(),
                kind: declaration.kind.to_owned(),
            })
            .unwrap_or_else(|| Arc::new(Topology::deduced())),
            Source::Custom(schema) => Arc::new(topology::from_schema(&schema.read())),
        })
    }

    /// The rules (`x-kubernetes-validations`), where a custom resource has any.
    pub(crate) fn rules(&self) -> Option<&Rules> {
        let Source::Custom(schema) = &self.source else { return None };
        self.made.rules.get_or_init(|| Rules::of(&schema.read(), Position::Root)).as_ref()
    }

    /// The row of the built-in table, for OpenAPI documents.
    pub(crate) fn declaration(&self) -> Option<&Declaration> {
        match &self.source {
            Source::BuiltIn(declaration) => Some(declaration),
            Source::Custom(_) => None,
        }
    }
}

impl fmt::Debug for LazySchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::BuiltIn(declaration) => {
                write!(f, "built-in {}/{} {}", declaration.group, declaration.version, declaration.kind)
            }
            Source::Custom(_) => f.write_str("custom"),
        }
    }
}
