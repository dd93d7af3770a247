//! `tenter render kustomize`: `kustomize build`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use manifest::{Manifest, Value, yaml};
use render::helm::release::Rules;
use render::kustomize::{self, ChartOptions, Charts, LoadRestrictions, Options, Reorder};

use crate::cli::{LoadRestrictor, RenderKustomize, ReorderOutput};
use crate::commands::Context;
use crate::error::Failure;
use crate::output::{self, Format};
use crate::reached::Reached;

mod remote;

/// Builds and prints, or writes, as kustomize does: Secrets are as the files have them.
pub(crate) fn run(context: &Context, arguments: &RenderKustomize) -> Result<ExitCode, Failure> {
    refuse_programs(arguments)?;
    let options = options(arguments)?;
    let reached = Reached::from(&arguments.folder)?;
    let manifests = if arguments.remote_bases {
        remote::build(&reached, &options, &arguments.mirroring)?
    } else {
        let built = kustomize::build(&reached.tree, &reached.path, &options);
        built.map_err(|diagnostics| Failure::Build(reached.as_seen_from_here(diagnostics)))?
    };
    let format = match context.output() {
        Some(Format::Json) => Written::Json,
        Some(Format::Yaml | Format::Wide) | None => Written::Yaml,
    };
    match arguments.output_path.as_deref() {
        None => output::print(&format.all(manifests))?,
        Some(folder) if folder.is_dir() => {
            for (name, manifest) in kustomize::file_names(&manifests).iter().zip(&manifests) {
                write(&folder.join(format!("{name}.{}", format.ending())), &format.one(&manifest.value))?;
            }
        }
        Some(file) => write(file, &format.all(manifests))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What would run programs is refused with its reason, rather than left out of the result.
fn refuse_programs(arguments: &RenderKustomize) -> Result<(), Failure> {
    let reason = if arguments.enable_alpha_plugins {
        "--enable-alpha-plugins: no program or container is ever run for a build; kustomize's built-in plugins work without it"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(reason.to_owned()))
}

fn options(arguments: &RenderKustomize) -> Result<Options, Failure> {
    Ok(Options {
        reorder: match arguments.reorder {
            ReorderOutput::Legacy => Reorder::Legacy,
            ReorderOutput::None => Reorder::Unchanged,
        },
        load_restrictions: match arguments.load_restrictor {
            LoadRestrictor::RootOnly => LoadRestrictions::RootOnly,
            LoadRestrictor::None => LoadRestrictions::WithinTree,
        },
        charts: if arguments.enable_helm { Charts::Rendered(chart_options(arguments)?) } else { Charts::Refused },
        overlay: None,
    })
}

fn chart_options(arguments: &RenderKustomize) -> Result<ChartOptions, Failure> {
    let mut seed = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random
        .fill(&mut seed)
        .map_err(|_| Failure::Runtime(std::io::Error::other("the system gives no random numbers")))?;
    Ok(ChartOptions {
        rules: Rules::default(),
        now: Timestamp::now(),
        seed,
        kube_version: arguments.helm_kube_version.clone(),
        api_versions: arguments.helm_api_versions.clone(),
    })
}

/// How objects are written.
#[derive(Clone, Copy)]
enum Written {
    Yaml,
    Json,
}

impl Written {
    fn ending(self) -> &'static str {
        match self {
            Written::Yaml => "yaml",
            Written::Json => "json",
        }
    }

    fn one(self, object: &Value) -> String {
        match self {
            Written::Yaml => yaml::write(object),
            Written::Json => format!("{object:#}\n"),
        }
    }

    fn all(self, manifests: Vec<Manifest>) -> String {
        let values: Vec<Value> = manifests.into_iter().map(|manifest| manifest.value).collect();
        match self {
            Written::Yaml => yaml::write_documents(&values),
            Written::Json => format!("{:#}\n", Value::Array(values)),
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::Write { path: path.to_owned(), source })
}
