//! `tenter split`: one file for each object, as it is written, comments included.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use manifest::yaml::{self, Limits, Profile, read_manifests};
use manifest::{Manifest, Value};
use serde_json::json;

use super::Context;
use crate::cli::Split;
use crate::error::Failure;
use crate::output;

/// Writes the files and lists them.
pub(crate) fn run(context: &Context, arguments: &Split) -> Result<ExitCode, Failure> {
    let shown = arguments.file.display().to_string();
    let text = read(&arguments.file)?;
    let files = split(&text, &shown)?;
    let folder = &arguments.output_dir;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut pruned = Vec::new();
    if arguments.prune {
        for name in stale(folder, &files)? {
            fs::remove_file(folder.join(&name)).map_err(failed(&folder.join(&name)))?;
            pruned.push(name);
        }
    }
    for (name, text) in &files {
        let path = folder.join(name);
        // A file that is right already keeps its time.
        if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            fs::write(&path, text).map_err(failed(&path))?;
        }
    }
    let value = || json!({ "written": files.keys().collect::<Vec<_>>(), "pruned": pruned });
    let human = || {
        let pruned = pruned.iter().map(|name| format!("{name} (removed)\n"));
        files.keys().map(|name| format!("{name}\n")).chain(pruned).collect()
    };
    output::print_as(context.output(), value, human)?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    if path != Path::new("-") {
        return fs::read_to_string(path).map_err(failed);
    }
    let mut text = String::new();
    std::io::stdin().lock().take(Limits::default().max_bytes as u64).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The text of each object by the name of its file. Objects that have a document of their own keep it as it is written;
/// items of lists are written anew.
fn split(text: &str, file: &str) -> Result<BTreeMap<String, String>, Failure> {
    let read = |text: &str| read_manifests(text.as_bytes(), file, Profile::Kubectl, &Limits::default());
    let whole = read(text).map_err(Failure::Build)?;
    let mut pieces = Vec::new();
    for piece in documents(text) {
        match read(&piece).as_deref() {
            Ok([]) => {}
            Ok([object]) if object.value == values_of(&piece) => pieces.push((object.clone(), piece)),
            Ok(_) | Err(_) => pieces.clear(),
        }
    }
    // What was cut apart must be what the whole is: `---` may stand inside a text, and a list holds several.
    let is_whole =
        pieces.len() == whole.len() && pieces.iter().zip(&whole).all(|((piece, _), one)| piece.value == one.value);
    if !is_whole {
        pieces = whole.into_iter().map(|object| (object.clone(), yaml::write(&object.value))).collect();
    }
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (object, text) in pieces {
        let name = file_name(&object);
        if files.insert(name.clone(), text).is_some() {
            return Err(Failure::Usage(format!("{file} declares {} twice", object.id())));
        }
    }
    Ok(files)
}

/// The single document of a piece; null if it is none.
fn values_of(piece: &str) -> Value {
    yaml::read_value(piece, "", Profile::Kubectl, &Limits::default()).unwrap_or_default()
}

/// The parts of a text between lines that begin with `---`.
fn documents(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let is_marker = line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty() || rest.starts_with(' '));
        match (is_marker, found.last_mut()) {
            (false, Some(last)) => last.push_str(line),
            (true, _) | (false, None) => found.push(String::new()),
        }
    }
    for document in &mut found {
        let trimmed = document.trim_matches('\n').trim_end();
        *document = if trimmed.is_empty() { String::new() } else { format!("{trimmed}\n") };
    }
    found
}

/// `virtualservice.shop.web.yaml`: kind, namespace if it has one, name; characters that files cannot have become `_`.
fn file_name(object: &Manifest) -> String {
    let id = object.id();
    let parts = [id.kind.to_lowercase(), id.namespace, id.name];
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| part.replace([':', '/', '\\'], "_"));
    format!("{}.yaml", parts.collect::<Vec<_>>().join("."))
}

/// Files of the folder that a split wrote, for they are called like the one object in them, and this one does not write.
fn stale(folder: &Path, files: &BTreeMap<String, String>) -> Result<BTreeSet<String>, Failure> {
    let failed = |source| Failure::Read { path: folder.to_owned(), source };
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if files.contains_key(&name) || !name.ends_with(".yaml") {
            continue;
        }
        let Ok(content) = fs::read(entry.path()) else { continue };
        let objects = read_manifests(&content, &name, Profile::Kubectl, &Limits::default());
        if matches!(objects.as_deref(), Ok([object]) if file_name(object) == name) {
            found.insert(name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let shown = match split(text, "mesh.yaml") {
            Ok(files) => files.iter().map(|(name, text)| format!("== {name}\n{text}")).collect::<String>(),
            Err(failure) => failure.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn each_object_keeps_its_text() {
        check(
            "# the route of the shop\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: # of web\n  name: web\n  namespace: shop\n---\n\n--- \napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
            expect![[r"
                == namespace.shop.yaml
                apiVersion: v1
                kind: Namespace
                metadata: {name: shop}
                == virtualservice.shop.web.yaml
                # the route of the shop
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: # of web
                  name: web
                  namespace: shop
            "]],
        );
    }

    #[test]
    fn lists_and_markers_inside_texts_are_written_anew() {
        check(
            "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: a}}\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}}\n",
            expect![[r"
                == pod.a.yaml
                apiVersion: v1
                kind: Pod
                metadata:
                  name: a
                == pod.b.yaml
                apiVersion: v1
                kind: Pod
                metadata:
                  name: b
            "]],
        );
        check(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: |\n    one\n    --- two\n    ---\n",
            expect![[r"
                == configmap.a.yaml
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a}
                data:
                  text: |
                    one
                    --- two
                    ---
            "]],
        );
    }

    #[test]
    fn what_would_be_one_file_is_refused() {
        check(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
            expect!["mesh.yaml declares Pod/a twice"],
        );
        check(
            "a: [",
            expect![
                "mesh.yaml:2:1: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
            ],
        );
    }
}
