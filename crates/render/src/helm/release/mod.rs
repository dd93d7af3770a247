//! From a chart and values to what is applied: what `helm install`, `helm upgrade` and `helm template` have in common.
//!
//! [`render`] gives a [`Rendered`]: the documents in the order in which they are installed, the hooks, and the notes,
//! exactly as Helm stores them in a release. It is pure: live objects that templates look up are answers in
//! [`Lookups`], and what is asked and not yet known comes back as [`RenderError::Lookups`], to be fetched and given to
//! the next attempt.

mod api_versions;
mod capabilities;
mod context;
mod document;
mod error;
mod head;
mod hook;
mod identity;
mod lookups;
mod order;
mod post_render;
mod print;
mod rendered;
mod rendering;
mod split;
#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, KubeVersion, KubeVersionError};
pub use document::{BrokenDocument, Document, Sorted, stored_documents};
pub use error::{RenderError, ScopedError, Warning};
pub use hook::{DeletePolicy, Event, Hook, LogPolicy};
pub use identity::{InvalidName, Operation, Release, name_from_template};
pub use lookups::{Answer, Lookups, Query};
pub use order::Order;
pub use post_render::{PostRenderError, Strategy};
pub use print::{CustomResources, Hooks, NotInChart, Printed, Tests};
pub use rendered::Rendered;
pub use rendering::{LiveObjects, Options, SchemaChecks, SubchartNotes, outputs, render};

/// Whose rules count: those of Helm 3 or of Helm 4.
pub use super::values::Rules;
