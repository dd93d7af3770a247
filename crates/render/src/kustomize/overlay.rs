//! What a Flux Kustomization does to the `kustomization.yaml` it builds, and what it builds where there is none.

use manifest::{Diagnostic, Location, tree};

use super::file::{Author, Fields, KustomizationFile};
use super::loader::{FILE_NAMES, Loader};
use super::options::{ImageEntry, MissingComponents, Overlay};
use super::problem::{Failure, Problem};
use super::read;
use super::remote::Reference;

/// What Flux calls the namespace of a kustomization that has nothing else in it.
const PLACEHOLDER: &str = "_placeholder";

/// The kustomization that Flux generates for a folder without one: every manifest in and below it, where a folder with
/// a kustomization of its own counts as one.
///
/// # Errors
///
/// Every YAML file that does not hold Kubernetes objects.
pub(crate) fn generated(loader: &Loader<'_>) -> Result<KustomizationFile, Failure> {
    let mut scan = Scan { loader, resources: Vec::new(), problems: Vec::new() };
    scan.folder("")?;
    if !scan.problems.is_empty() {
        return Err(Failure(scan.problems));
    }
    let mut fields = Fields { resources: scan.resources, ..Fields::default() };
    if fields.resources.is_empty() {
        fields.namespace = PLACEHOLDER.to_owned();
    }
    let path = tree::join(loader.folder(), FILE_NAMES[0]).unwrap_or_else(|| FILE_NAMES[0].to_owned());
    KustomizationFile::generated(fields, Location::file(path))
}

struct Scan<'a> {
    loader: &'a Loader<'a>,
    /// Paths relative to the folder that is scanned.
    resources: Vec<String>,
    problems: Vec<Diagnostic>,
}

impl Scan<'_> {
    fn folder(&mut self, path: &str) -> Result<(), Failure> {
        let tree = self.loader.tree();
        let folder = tree::join(self.loader.folder(), path).unwrap_or_default();
        let entries = tree.list(&folder).map_err(|error| Problem::Tree(error).at(None))?;
        for (name, is_folder) in entries {
            let relative = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            let absolute = tree::join(&folder, &name).unwrap_or_default();
            if is_folder {
                // Like a file walk, links to folders are not entered.
                if tree.resolve(&absolute).as_deref() != Ok(absolute.as_str()) {
                    continue;
                }
                if FILE_NAMES.iter().any(|file| tree.is_file(&format!("{absolute}/{file}"))) {
                    self.resources.push(relative);
                } else {
                    self.folder(&relative)?;
                }
            } else if name.ends_with(".yaml") || name.ends_with(".yml") {
                self.file(relative);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String) {
        let documents = self.loader.documents(&path, None);
        match documents.and_then(|documents| read::resources(documents, self.loader)) {
            Ok(_) => self.resources.push(path),
            Err(Failure(problems)) => self.problems.extend(problems),
        }
    }
}

/// `file` with everything that `overlay` says.
pub(crate) fn laid_over(
    mut file: KustomizationFile,
    overlay: &Overlay,
    loader: &Loader<'_>,
) -> Result<KustomizationFile, Failure> {
    let unlisted = file.author == Author::Tree && !file.lists_resources();
    let fields = &mut file.fields;
    if unlisted {
        // As upstream does, so that a file without resources is not refused as empty.
        fields.build_metadata = vec!["originAnnotations".to_owned()];
    }
    for (field, value) in [
        (&mut fields.namespace, &overlay.target_namespace),
        (&mut fields.name_prefix, &overlay.name_prefix),
        (&mut fields.name_suffix, &overlay.name_suffix),
    ] {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    fields.patches.extend(overlay.patches.iter().cloned());
    fields.patches_strategic_merge.extend(overlay.patches_strategic_merge.iter().map(ToString::to_string));
    fields.patches_json6902.extend(overlay.patches_json6902.iter().cloned());
    for image in &overlay.images {
        merge_image(&mut fields.images, image);
    }
    if !overlay.build_metadata.is_empty() {
        fields.build_metadata.clone_from(&overlay.build_metadata);
    }
    for component in &overlay.components {
        if component.starts_with('/') || Reference::parse(component).is_some() {
            return Err(Problem::ComponentNotLocal(component.clone()).at(None).into());
        }
        if loader.is_folder(component) || overlay.missing_components == MissingComponents::Fail {
            file.fields.components.push(component.clone());
        }
    }
    Ok(file)
}

/// Adds an image, or overrides the fields it sets of the entry with its name. A tag and a digest choose the version
/// together, so setting one clears the other.
fn merge_image(images: &mut Vec<ImageEntry>, image: &ImageEntry) {
    let Some(known) = images.iter_mut().find(|known| known.name == image.name) else {
        images.push(image.clone());
        return;
    };
    if !image.new_name.is_empty() {
        known.new_name.clone_from(&image.new_name);
    }
    if !image.new_tag.is_empty() || !image.digest.is_empty() {
        known.new_tag.clone_from(&image.new_tag);
        known.digest.clone_from(&image.digest);
    }
}
