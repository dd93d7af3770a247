//! `tenter build`: prints what a Kustomization or a folder renders.

use std::process::ExitCode;

use manifest::{Manifest, Value, redact, yaml};
use render::kustomize;

use super::Context;
use crate::cli::Build;
use crate::error::Failure;
use crate::local_build::{self, Folders, Recursion, Rendered};
use crate::output::{self, Format};

/// Builds and prints; the values of Secrets are masked.
pub(crate) async fn run(context: &Context, arguments: Build) -> Result<ExitCode, Failure> {
    let manifests = match &arguments.name {
        Some(name) => {
            let file = arguments.kustomization_file.as_deref();
            // With a file, a cluster is only needed where variables come from it.
            let cluster = match file {
                Some(_) => context.cluster().await.ok(),
                None => Some(context.cluster().await?),
            };
            let entry = local_build::kustomization(cluster.as_ref(), file, context.namespace(), name).await?;
            if arguments.below.recursive {
                let folders = Folders::new(&entry, &arguments.path, &arguments.below.local_sources)?;
                let mut recursion = Recursion::new(cluster.as_ref(), folders);
                let units = recursion.run(entry).await?;
                recursion.left_out.iter().for_each(|why| output::error(&format!("► left out: {why}")));
                units.into_iter().flat_map(|unit| unit.manifests).collect()
            } else {
                let files = local_build::files(&arguments.path)?;
                local_build::build(cluster.as_ref(), &Rendered::default(), &entry, &files).await?
            }
        }
        None => {
            let options = kustomize::Options::flux(kustomize::Overlay::default());
            kustomize::build(&local_build::files(&arguments.path)?, "", &options).map_err(Failure::Build)?
        }
    };
    let values: Vec<Value> = manifests.iter().map(|manifest| masked(&manifest.value)).collect();
    match context.output() {
        Some(Format::Json) => output::print(&format!("{:#}\n", Value::Array(values)))?,
        Some(Format::Yaml | Format::Wide) | None if arguments.origins => {
            output::print(&with_origins(&manifests, &values))?;
        }
        Some(Format::Yaml | Format::Wide) | None => output::print(&yaml::write_documents(&values))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn masked(value: &Value) -> Value {
    redact::Redacted::new(value).into_value()
}

/// Every document behind a comment that says where it was written.
fn with_origins(manifests: &[Manifest], values: &[Value]) -> String {
    manifests
        .iter()
        .zip(values)
        .map(|(manifest, value)| {
            let place = manifest.origin.location.as_ref().map_or_else(|| "generated".to_owned(), ToString::to_string);
            format!("---\n# {place}\n{}", yaml::write(value))
        })
        .collect()
}
