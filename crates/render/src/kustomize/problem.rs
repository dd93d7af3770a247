//! What can be wrong with a kustomization, in words, with what to do about it.

use std::collections::BTreeSet;

use manifest::tree::TreeError;
use manifest::{Diagnostic, Location, Value};

use super::fieldspec::{ConflictingSpecs, FieldError};
use super::path::PathError;
use super::select::SelectorError;

/// Everything that a failed step found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure(pub(crate) Vec<Diagnostic>);

impl Failure {
    /// What was found, each once: what several kustomizations share is found by each of them.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut seen = BTreeSet::new();
        self.0.into_iter().filter(|diagnostic| seen.insert(diagnostic.to_string())).collect()
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure(vec![diagnostic])
    }
}

/// One problem.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Problem {
    // The kustomization file.
    #[error("the kustomization is not a map of fields")]
    NotAMap,
    #[error("unknown field `{field}`{}", within(.inside))]
    UnknownField { field: String, inside: String, suggestion: Option<&'static str> },
    #[error("`{}` must be {expected}, not {}", name(.field), shape_of(.found))]
    WrongType { field: String, expected: &'static str, found: Value },
    #[error("the file cannot be decoded: {0}")]
    Undecodable(String),
    #[error("`kind` should be Kustomization or Component, not `{0}`")]
    WrongKind(String),
    #[error("`apiVersion` for {kind} should be {expected}, not `{found}`")]
    WrongApiVersion { found: String, kind: &'static str, expected: &'static str },
    #[error("the kustomization is empty")]
    EmptyKustomization,
    #[error("charts are not rendered here unless asked for")]
    HelmCharts,
    #[error("the chart has no name")]
    ChartWithoutName,
    #[error("there is no chart `{name}` in `{folder}`, and no `repo` to get it from")]
    NoChart { name: String, folder: String },
    #[error("the chart {0} is on another host, and remote bases are off")]
    RemoteChart(String),
    #[error("the chart cannot be rendered: {0}")]
    Chart(String),
    #[error("`valuesMerge` must be merge, override or replace, not `{0}`")]
    UnknownValuesMerge(String),

    // Files and folders.
    #[error(transparent)]
    Tree(TreeError),
    #[error("`{0}` is a file, and a kustomization is a folder")]
    BuildsFile(String),
    #[error("`{0}`: no such folder in the source")]
    NoFolder(String),
    #[error("there is no kustomization.yaml, kustomization.yml or Kustomization in `{}`", folder(.0))]
    NoKustomization(String),
    #[error("found multiple kustomization files in `{folder}`: {found}")]
    ManyKustomizations { folder: String, found: String },
    #[error("`{path}`: no such file or folder; looked for `{resolved}`")]
    NotFound { path: String, resolved: String },
    #[error("`{0}`: remote bases are off")]
    RemoteBase(String),
    #[error("`{0}` has not been fetched")]
    NotFetched(String),
    #[error("`{0}` is a single file, and a folder with a kustomization is needed")]
    RemoteFolder(String),
    #[error("`{0}` is a repository, and a single file is needed")]
    RemoteFile(String),
    #[error("`{0}`: absolute paths are not allowed")]
    AbsolutePath(String),
    #[error("`{0}` leads out of the source, which is not allowed")]
    Escapes(String),
    #[error("`{path}` is not in or below `{root}`, the folder of the kustomization")]
    OutsideRoot { path: String, root: String },
    #[error("kustomizations refer to each other in a cycle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    #[error("`{0}` is a Component, and stands under `resources`")]
    ComponentAsResource(String),
    #[error("`{0}` is a Kustomization, and stands under `components`")]
    ResourceAsComponent(String),
    #[error("the component `{0}` is not a local, relative path")]
    ComponentNotLocal(String),
    #[error("the build goes through more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("more than {0} kustomizations refer to each other in a row")]
    TooDeep(usize),
    #[error("the object grows beyond {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the file is not UTF-8 text")]
    NotUtf8,

    // Resources.
    #[error("this is not a Kubernetes object")]
    NotAnObject,
    #[error("this is not a Kubernetes object: `kind` is missing")]
    NoKind,
    #[error("the {0} has no `metadata.name`")]
    NoName(String),
    #[error("`items` is not a list")]
    ItemsNotAList,
    #[error("{id} exists already{}", first_at(.first))]
    DuplicateId { id: String, first: Option<Location> },
    #[error("{id} exists twice once both are in one namespace{}", first_at(.first))]
    NamespaceConflict { id: String, first: Option<Location> },

    // Generators.
    #[error("the generator makes a {0} without a name")]
    GeneratorWithoutName(&'static str),
    #[error("`{0}` is not `key=value`")]
    BadLiteral(String),
    #[error("`{0}` is neither `path` nor `key=path`")]
    BadFileSource(String),
    #[error("the generator `{generator}` has the key `{key}` twice")]
    RepeatedKey { generator: String, key: String },
    #[error("{0} does not exist, so nothing can be merged or replaced")]
    NothingToMergeInto(String),
    #[error("{0} exists already, and the generator does not say what to do with it")]
    GeneratedTwice(String),
    #[error("several resources could be the {0} that the generator means")]
    AmbiguousGenerator(String),
    #[error("there is no built-in plugin `{kind}` of `{api_version}`")]
    UnknownPlugin { api_version: String, kind: String },
    #[error("cloud provider `{0}` is not supported")]
    UnknownCloud(String),
    #[error("a validator changed the resources")]
    ValidatorChanges,

    // Transformations.
    #[error("`{path}`: {error}")]
    Field { path: String, error: FieldError },
    #[error("`{path}`: {error}")]
    Path { path: String, error: PathError },
    #[error(transparent)]
    ConflictingSpecs(ConflictingSpecs),
    #[error(transparent)]
    Selector(SelectorError),
    #[error("no resource is named `{name}` of any of the kinds {}", .kinds.join(", "))]
    NothingToScale { name: String, kinds: Vec<String> },
    #[error("`setRoleBindingSubjects: {0}` is unknown")]
    UnknownSubjects(String),
    #[error("the namespace of a service account is no text in {0}")]
    BlankNamespace(String),
    #[error("the value needs a target with a field path and a position that is not negative")]
    ValueWithoutTarget,
    #[error("the field `sortOptions.order` must be one of fifo, legacy, not `{0}`")]
    UnknownSortOrder(String),
    #[error("`sortOptions.legacySortOptions` is set but the selected sort order is fifo, not legacy")]
    SortOptionsWithFifo,
    #[error("`openapi` has both a path and a version")]
    SchemaTwice,
    #[error("the OpenAPI version `{0}` is not built in")]
    UnknownSchemaVersion(String),

    // Patches.
    #[error("the entry has no patch")]
    NoPatch,
    #[error("the entry has both `patch` and `path`")]
    PatchTwice,
    #[error("the patch appears to be empty")]
    EmptyPatches,
    #[error("the patch cannot be read: {0}")]
    UnreadablePatch(String),
    #[error("a JSON patch must say what it patches")]
    NoTarget,
    #[error("a JSON patch is a list of operations, each with `op` and `path`")]
    NotOperations,
    #[error("the target must have a name")]
    NoTargetName,
    #[error("an entry with a target must not hold several patches")]
    SeveralTargetedPatches,
    #[error("no resource matches the patch of {id}")]
    NothingToPatch { id: String, similar: Option<String> },
    #[error("{count} resources match the patch of {id}")]
    AmbiguousPatch { id: String, count: usize },
    #[error("the patch cannot be merged: {0}")]
    Merge(String),
    #[error("the JSON patch cannot be applied: {0}")]
    Operation(String),

    // Replacements and variables.
    #[error("a replacement needs a source and targets")]
    ReplacementIncomplete,
    #[error("a replacement has either `source` or `sourceValue`")]
    ReplacementWithTwoSources,
    #[error("a replacement has either `path` or a source and targets")]
    ReplacementPathAndInline,
    #[error("a target of a replacement must select resources")]
    ReplacementWithoutSelect,
    #[error("the source {selector} selects {count} resources, not one")]
    ReplacementSource { selector: String, count: usize },
    #[error("the source {id} has no field `{path}`")]
    ReplacementField { path: String, id: String },
    #[error("there is no field `{0}` in the target")]
    ReplacementTarget(String),
    #[error("`{path}` holds {wanted}, which `{text}` is not")]
    ReplacementType { path: String, wanted: &'static str, text: String },
    #[error("`delimiter` only works with plain values")]
    DelimiterOnStructure,
    #[error("`options.index: {index}` is out of bounds for `{text}`")]
    DelimitedIndex { index: i64, text: String },
    #[error("the variable `{name}` is declared already{}", first_at(.first))]
    VariableTwice { name: String, first: Option<Location> },
    #[error("{count} resources match the variable `{name}`")]
    AmbiguousVariable { name: String, count: usize },
    #[error("no resource matches the variable `{0}`")]
    VariableWithoutObject(String),
    #[error("{id} has no field `{path}` for the variable `{name}`")]
    VariableWithoutField { name: String, path: String, id: String },
}

impl Problem {
    /// As a diagnostic at a place, if one is known.
    pub(crate) fn at(self, place: Option<Location>) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string()).with_hint(self.hint());
        match place {
            Some(place) => diagnostic.at(place),
            None => diagnostic,
        }
    }

    /// What to do about it.
    fn hint(&self) -> String {
        let hint = match self {
            Problem::UnknownField { suggestion: Some(suggestion), .. } => {
                return format!("Did you mean `{suggestion}`?");
            }
            Problem::NothingToPatch { similar: Some(similar), .. } => {
                return format!("Did you mean {similar}?");
            }
            Problem::WrongType { expected: "text", found: Value::Number(_) | Value::Bool(_), .. } => {
                "Put the value in quotes."
            }
            Problem::UnknownField { suggestion: None, .. } => "Remove the field, or check its name and indentation.",
            Problem::EmptyKustomization => "Add `resources`, or remove the file.",
            Problem::HelmCharts => {
                "Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints."
            }
            Problem::ChartWithoutName => "Add `name`.",
            Problem::NoChart { .. } => "Put the chart there, or add `repo` and `version`.",
            Problem::RemoteChart(_) => "Put the chart into the folder of charts, or allow it with --remote-bases.",
            Problem::Chart(_) => "Correct the chart or its values.",
            Problem::UnknownValuesMerge(_) => "Use override, merge or replace.",
            Problem::BuildsFile(_) => "Name the folder that the file is in.",
            Problem::NoFolder(_) | Problem::NotFound { .. } => {
                "Check the spelling, and whether an ignore rule leaves the file out."
            }
            Problem::NoKustomization(_) => "Add a kustomization.yaml, or name the files in it one by one.",
            Problem::ManyKustomizations { .. } => "Keep one of them.",
            Problem::RemoteBase(_) => "Copy it into the repository, or allow it with --remote-bases.",
            Problem::NotFetched(_) => "Fetch it, and build again with it.",
            Problem::RemoteFolder(_) => "Name the folder that the file is in.",
            Problem::RemoteFile(_) => "Name a URL that ends in .yaml, .yml or .json.",
            Problem::AbsolutePath(_) => "Write the path relative to the kustomization.",
            Problem::Escapes(_) => "Copy what it points at into the repository.",
            Problem::OutsideRoot { .. } => {
                "Move the file into the folder, or make its folder a kustomization and refer to that."
            }
            Problem::Cycle(_) => "Remove one of these references.",
            Problem::TooMany { .. } | Problem::TooDeep(_) => "Split it, and build the parts on their own.",
            Problem::ComponentAsResource(_) => "Move the path to `components`.",
            Problem::ResourceAsComponent(_) => "Move the path to `resources`, or set `kind: Component` there.",
            Problem::NotAnObject | Problem::NoKind | Problem::NoName(_) => {
                "Complete the object, or keep files that hold no objects out of `resources`."
            }
            Problem::DuplicateId { .. } => "Remove one of the two, or give them different names or namespaces.",
            Problem::NamespaceConflict { .. } => "Give them different names.",
            Problem::BadLiteral(_) => "Write `key=value`.",
            Problem::GeneratedTwice(_) => "Set `behavior: merge` or `behavior: replace`.",
            Problem::NothingToMergeInto(_) => "Check name and namespace, or set `behavior: create`.",
            Problem::UnknownPlugin { .. } => "Only kustomize's built-in plugins can be used.",
            Problem::UnknownSubjects(_) => "Use defaultOnly, allServiceAccounts or none.",
            Problem::NoPatch => "Write the patch under `patch`, or its file under `path`.",
            Problem::NoTarget | Problem::NoTargetName => "Add `target` with at least `kind` and `name`.",
            Problem::SeveralTargetedPatches => "Write one entry for each patch, or remove the target.",
            Problem::NothingToPatch { similar: None, .. } => {
                "Check apiVersion, kind, name and namespace in the patch, or add a `target`."
            }
            Problem::AmbiguousPatch { .. } => "Add the namespace to the patch, or a `target`.",
            Problem::UnknownSchemaVersion(_) => "Use v1.21.2, or `openapi.path`.",
            Problem::ReplacementTarget(_) => "Check the path, or set `options.create: true`.",
            Problem::ReplacementSource { .. } => "Add name, namespace or kind until it selects exactly one.",
            Problem::AmbiguousVariable { .. } => "Add the namespace to `objref`.",
            Problem::Field { error: FieldError::Ambiguous { .. }, .. } => {
                "Give them different names, or write the namespace of the one that is meant into the reference."
            }
            Problem::Field { .. } => "Check the field specification, and the shape of the field in the object.",
            Problem::Path { .. } => "Check the path against the object.",
            Problem::NotAMap => "Write fields, such as `resources:`, at the start of the line.",
            Problem::Undecodable(_) => "Check the field that the message names.",
            Problem::WrongKind(_) => "Correct `kind`, or list the file under `resources` of a kustomization.",
            Problem::WrongApiVersion { .. } => "Correct `apiVersion`, or leave it out.",
            Problem::WrongType { .. } => "Compare it with kustomize's reference, and check the indentation.",
            Problem::Tree(_) => "Check the path, and the symbolic links on it.",
            Problem::ComponentNotLocal(_) => "Copy the component into the source, and name it by a relative path.",
            Problem::NotUtf8 => "Save the file as UTF-8, or put binary data into a generator's `files`.",
            Problem::TooLarge { .. } => "Look for replacements that copy a value into itself.",
            Problem::ItemsNotAList => "Write the objects as a list below `items`.",
            Problem::GeneratorWithoutName(_) => "Add `name`.",
            Problem::BadFileSource(_) => "Write `path`, or `key=path` with one `=`.",
            Problem::RepeatedKey { .. } => "Remove or rename one of them.",
            Problem::AmbiguousGenerator(_) => "Add the namespace to the generator.",
            Problem::UnknownCloud(_) => "Leave the field out.",
            Problem::ValidatorChanges => "List it under `transformers` if it should change resources.",
            Problem::ConflictingSpecs(_) => "Remove one of the two field specifications.",
            Problem::Selector(SelectorError::Regex { .. }) => {
                "Put a `\\` before characters that should stand for themselves; the expression has to match as a whole."
            }
            Problem::Selector(SelectorError::Labels { .. }) => {
                "Write requirements with commas between them, such as `app=web,tier in (a, b),!old`."
            }
            Problem::NothingToScale { .. } => "Check the name, which is that before prefixes and suffixes.",
            Problem::BlankNamespace(_) => "Write the namespace as text, or remove the field.",
            Problem::ValueWithoutTarget => "Add what is missing to the target.",
            Problem::UnknownSortOrder(_) => "Use fifo or legacy.",
            Problem::SortOptionsWithFifo => "Remove `legacySortOptions`, or set `order: legacy`.",
            Problem::SchemaTwice => "Remove one of the two.",
            Problem::PatchTwice => "Keep one of the two.",
            Problem::EmptyPatches => "Write the patch, or remove the entry.",
            Problem::NotOperations => {
                "Write `- op: replace`, with `path` and `value` below; partial objects go to `patches`."
            }
            Problem::UnreadablePatch(_) => "Correct the YAML of the patch; lines count from the start of the patch.",
            Problem::Merge(_) | Problem::Operation(_) => "Compare the patch with the object as it is at this point.",
            Problem::ReplacementIncomplete => "Add `source` with what to copy, and `targets` with where to.",
            Problem::ReplacementWithTwoSources | Problem::ReplacementPathAndInline => "Keep one of the two.",
            Problem::ReplacementWithoutSelect => "Add `select` with a kind or a name.",
            Problem::ReplacementField { .. } => "Check `fieldPath` against the object that the source selects.",
            Problem::ReplacementType { .. } => "Write the field of the target in quotes if it may be any text.",
            Problem::DelimiterOnStructure => "Point the path at a text, or remove the delimiter.",
            Problem::DelimitedIndex { .. } => "Correct `index`, which counts from 0.",
            Problem::VariableTwice { .. } => "Rename one of the two.",
            Problem::VariableWithoutObject(_) => "Check `objref`; the name is that before prefixes and suffixes.",
            Problem::VariableWithoutField { .. } => "Check `fieldref.fieldpath`.",
        };
        hint.to_owned()
    }
}

fn within(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" in `{}`", name(pointer)) }
}

/// A JSON pointer the way people write fields: `/patches/0/path` is `patches[0].path`.
fn name(pointer: &str) -> String {
    let mut name = String::new();
    for part in pointer.split('/').skip(1) {
        if part.parse::<usize>().is_ok() {
            name.push_str(&format!("[{part}]"));
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    name
}

fn shape_of(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

fn folder(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

fn first_at(first: &Option<Location>) -> String {
    first.as_ref().map(|place| format!(": the first one is at {place}")).unwrap_or_default()
}
