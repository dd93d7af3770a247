//! From files to charts: folders of a source, and archives.
//!
//! What is loaded is hostile: sizes, counts and depths are bounded by [`Limits`], and no path leaves the chart.

mod archive;
mod assemble;
mod decode;
mod directory;
mod error;
mod ignore;
mod limits;
#[cfg(test)]
mod tests;
mod validate;

use manifest::Tree;

pub use error::{Invalid, LoadError};
pub use limits::Limits;

use super::{Chart, ChartFile};
use limits::Budget;

/// A chart, and what Helm says about it that is no error.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The chart.
    pub chart: Chart,
    /// Words of advice, in order.
    pub warnings: Vec<LoadWarning>,
}

/// Something about a chart that should be changed. The text is Helm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoadWarning {
    /// A v2 chart with a `requirements.yaml`.
    #[error(
        "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml."
    )]
    RequirementsFile,
    /// A v2 chart with a `requirements.lock`.
    #[error(
        "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock."
    )]
    RequirementsLock,
}

/// Loads the chart in a folder of a source, without what its `.helmignore` leaves out.
///
/// # Errors
///
/// If it is no chart, or costs more than the limits allow.
pub fn directory(tree: &Tree, folder: &str, limits: &Limits) -> Result<Loaded, LoadError> {
    let mut budget = Budget::new(limits);
    let files = directory::collect(tree, folder, &mut budget)?;
    assembled(files, &mut budget)
}

/// Loads a packed chart: a gzipped tar of its folder. `name` is the archive's, for errors.
///
/// # Errors
///
/// If it is no chart, or costs more than the limits allow.
pub fn archive(name: &str, packed: &[u8], limits: &Limits) -> Result<Loaded, LoadError> {
    let mut budget = Budget::new(limits);
    let files = archive::unpack(name, packed, &mut budget)?;
    assembled(files, &mut budget)
}

/// Loads the chart that files make; their paths are below the chart's folder.
///
/// # Errors
///
/// If it is no chart, or costs more than the limits allow.
pub fn files(files: Vec<ChartFile>, limits: &Limits) -> Result<Loaded, LoadError> {
    assembled(files, &mut Budget::new(limits))
}

fn assembled(files: Vec<ChartFile>, budget: &mut Budget<'_>) -> Result<Loaded, LoadError> {
    let mut warnings = Vec::new();
    let chart = assemble::chart(files, budget, &mut warnings, 1)?;
    Ok(Loaded { chart, warnings })
}

/// Content without a byte order mark.
fn without_mark(content: &[u8]) -> &[u8] {
    content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content)
}
