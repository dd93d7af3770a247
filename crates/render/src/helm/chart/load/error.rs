//! Why something is no chart.

use crate::helm::values::FileError;

/// Why a chart cannot be loaded. The words are Helm's where it has any.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    /// No `Chart.yaml` in the chart's folder.
    #[error("Chart.yaml file is missing")]
    NoMetadata,
    /// Nothing stands at the path of the chart.
    #[error("path {0:?} not found")]
    NoFolder(String),
    /// `Chart.yaml`, `Chart.lock` or a file for v1 charts cannot be read.
    #[error("cannot load {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong, and in which line.
        reason: String,
    },
    /// `values.yaml` cannot be read.
    #[error("cannot load values.yaml: {0}")]
    Values(FileError),
    /// `Chart.yaml` is no valid description of a chart.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A chart below cannot be loaded.
    #[error("error unpacking subchart {file} in {chart}: {error}")]
    Subchart {
        /// What stands in `charts/`.
        file: String,
        /// The chart it is in.
        chart: String,
        /// What is wrong with it.
        error: Box<LoadError>,
    },
    /// A folder of `charts/` is named as an archive.
    #[error("error unpacking subchart tar in {chart}: expected {expected}, got {found}")]
    FolderNamedArchive {
        /// The chart it is in.
        chart: String,
        /// The folder.
        expected: String,
        /// A file in it.
        found: String,
    },
    /// A rule of `.helmignore` cannot be used.
    #[error("{file}: line {line}: {reason}: {rule:?}")]
    IgnoreRule {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, in Helm's words.
        reason: &'static str,
        /// The rule.
        rule: String,
    },
    /// A link of a chart's folder leads nowhere or out of the source.
    #[error("error evaluating symlink {link}: {reason}")]
    Link {
        /// The link.
        link: String,
        /// Where it leads.
        reason: String,
    },
    /// More rules in `.helmignore` than anybody writes.
    #[error("{file}: more than {limit} rules")]
    TooManyRules {
        /// The file.
        file: String,
        /// Rules.
        limit: usize,
    },
    /// Folders inside each other beyond what anybody makes.
    #[error("path {start}… has more than {limit} names")]
    PathTooLong {
        /// How it starts.
        start: String,
        /// Names.
        limit: usize,
    },
    /// Bytes that are no gzip.
    #[error("file {name:?} does not appear to be a gzipped archive; got {found:?}")]
    NotAnArchive {
        /// The archive.
        name: String,
        /// What it looks like.
        found: &'static str,
    },
    /// A damaged archive.
    #[error("file {name:?} does not appear to be a valid chart file (details: {reason})")]
    DamagedArchive {
        /// The archive.
        name: String,
        /// What unpacking says.
        reason: String,
    },
    /// An archive without a file.
    #[error("no files in chart archive {0:?}")]
    EmptyArchive(String),
    /// An absolute path in an archive.
    #[error("chart illegally contains absolute paths: {0:?}")]
    AbsolutePath(String),
    /// A file of an archive beside the chart's folder.
    #[error("chart illegally contains content outside the base directory: {0:?}")]
    OutsideBase(String),
    /// A path of an archive with `..` to above the chart's folder.
    #[error("chart illegally references parent directory: {0:?}")]
    ParentPath(String),
    /// A path of an archive with a drive of Windows.
    #[error("chart contains illegally named files: {0:?}")]
    IllegalName(String),
    /// `Chart.yaml` is a folder of an archive.
    #[error("chart yaml not in base directory: {0:?}")]
    MetadataNotInBase(String),
    /// A link, a device or the like in an archive, which Helm reads as an empty file.
    #[error("chart contains {name:?}, which is {kind} and no file; pack the chart with what it stands for")]
    NotAFile {
        /// The path.
        name: String,
        /// What it is.
        kind: &'static str,
    },
    /// A file beyond [`super::Limits::max_file`].
    #[error("chart file {name:?} is larger than the maximum file size {limit}")]
    FileTooLarge {
        /// The file.
        name: String,
        /// Bytes.
        limit: u64,
    },
    /// All files together are beyond [`super::Limits::max_total`].
    #[error("decompressed chart is larger than the maximum size {limit}")]
    ChartTooLarge {
        /// Bytes.
        limit: u64,
    },
    /// More than [`super::Limits::max_files`].
    #[error("chart has more than {limit} files")]
    TooManyFiles {
        /// Files.
        limit: usize,
    },
    /// Charts inside charts beyond [`super::Limits::max_depth`].
    #[error("more than {limit} charts inside each other")]
    TooDeep {
        /// Charts.
        limit: usize,
    },
}

/// What is wrong with `Chart.yaml`, in Helm's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A field is required.
    #[error("validation: chart.metadata.{0} is required")]
    Missing(&'static str),
    /// `.` and `..` are no names.
    #[error("validation: chart.metadata.name {0:?} is not allowed")]
    NameNotAllowed(String),
    /// A name with `/`.
    #[error("validation: chart.metadata.name {0:?} is invalid")]
    Name(String),
    /// No semantic version.
    #[error("validation: chart.metadata.version {0:?} is invalid")]
    Version(String),
    /// An unknown type.
    #[error("validation: chart.metadata.type must be application or library")]
    Kind,
    /// A `null` in a list.
    #[error("validation: {0} must not contain empty or null nodes")]
    NullNode(&'static str),
    /// An alias may have letters, digits, `_` and `-`.
    #[error("validation: dependency {0:?} has disallowed characters in the alias")]
    Alias(String),
    /// Two dependencies would be one.
    #[error("validation: more than one dependency with name or alias {0:?}")]
    DuplicateDependency(String),
}
