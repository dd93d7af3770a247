//! What a build gives, feature by feature: files in, YAML or diagnostics out.

use expect_test::Expect;
use manifest::{Tree, yaml};

use super::{Options, Overlay, Reorder, build};

mod bad_input;
mod charts;
mod errors;
mod filters;
mod flux;
mod generation;
mod inputs;
mod labels;
mod names;
mod origins;
mod patches;
mod properties;
mod remotes;
mod spelling;
mod values;

/// Files from a text: `## path` begins one.
fn tree(files: &str) -> Tree {
    Tree::from_texts(files.split("## ").skip(1).filter_map(|file| file.split_once('\n')))
}

/// What a build says: its objects, or its diagnostics with their hints.
fn rendered(files: &str, path: &str, options: &Options) -> String {
    answered(&tree(files), path, options)
}

fn answered(tree: &Tree, path: &str, options: &Options) -> String {
    match build(tree, path, options) {
        Ok(manifests) => yaml::write_documents(manifests.iter().map(|manifest| &manifest.value)),
        Err(diagnostics) => diagnostics
            .iter()
            .map(|diagnostic| match &diagnostic.hint {
                Some(hint) => format!("{diagnostic}\n  {hint}\n"),
                None => format!("{diagnostic}\n"),
            })
            .collect(),
    }
}

/// Builds the root folder, in the order of the files.
#[track_caller]
fn check(files: &str, expected: Expect) {
    check_at(files, "", expected);
}

#[track_caller]
fn check_at(files: &str, path: &str, expected: Expect) {
    let options = Options { reorder: Reorder::Unchanged, ..Options::default() };
    expected.assert_eq(&rendered(files, path, &options));
}

/// Builds the root folder as Flux does.
#[track_caller]
fn check_flux(files: &str, overlay: Overlay, expected: Expect) {
    expected.assert_eq(&rendered(files, "", &Options::flux(overlay)));
}
