//! `tenter get`: sources, Kustomizations and HelmReleases as tables.

use std::process::ExitCode;

use cluster::{Cluster, Event, Scope, Selector};
use manifest::Value;

use super::Context;
use crate::cli::Get;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::view::{Listing, Row};

/// Prints the objects, and with `--watch` every change after that.
pub(crate) async fn run(context: &Context, arguments: Get) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let listings = arguments.what.listings();
    let scope =
        if arguments.all_namespaces { Scope::Cluster } else { Scope::Namespace(context.namespace().to_owned()) };
    let mut objects = Vec::new();
    for listing in listings {
        // What is asked for by its kind must be served; of all kinds, some may not be.
        let gvk = match listings {
            [only] => Some(only.gvk(&cluster).await?),
            _ => listing.served(&cluster).await?,
        };
        if let Some(gvk) = gvk {
            objects.push((*listing, cluster.list(&gvk, &scope, &selector(&arguments)).await?));
        }
    }
    if let Some(name) = &arguments.name
        && objects.iter().all(|(_, listed)| listed.is_empty())
    {
        return Err(Failure::NotFound {
            kind: listings.iter().map(|listing| listing.kind()).collect::<Vec<_>>().join(" or "),
            namespace: context.namespace().to_owned(),
            name: name.clone(),
        });
    }
    print(context.output(), &arguments, &objects)?;
    if arguments.watch {
        watch(&cluster, context.output(), &arguments, listings, &scope).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn selector(arguments: &Get) -> Selector {
    match &arguments.name {
        Some(name) => Selector::fields(format!("metadata.name={name}")),
        None => Selector::all(),
    }
}

fn print(format: Option<Format>, arguments: &Get, objects: &[(Listing, Vec<Value>)]) -> Result<(), Failure> {
    let all = || objects.iter().flat_map(|(_, listed)| listed.iter().map(bare)).collect::<Vec<Value>>();
    output::print_as(
        format,
        || match (all().as_slice(), &arguments.name) {
            ([only], Some(_)) => only.clone(),
            (several, _) => serde_json::json!({"apiVersion": "v1", "kind": "List", "items": several}),
        },
        || {
            let tables: Vec<String> = objects
                .iter()
                .filter(|(_, listed)| !listed.is_empty() || objects.len() == 1)
                .map(|(listing, listed)| {
                    let rows: Vec<Row> = listed.iter().map(Row::of).collect();
                    table(*listing, &rows, arguments, format).to_string()
                })
                .collect();
            if tables.is_empty() { "nothing found\n".to_owned() } else { tables.join("\n") }
        },
    )
}

/// Without what only the API server reads.
fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    object
}

/// The columns of `flux get`, and with `-o wide` the reason.
fn table(listing: Listing, rows: &[Row], arguments: &Get, format: Option<Format>) -> Table {
    let wide = format == Some(Format::Wide);
    let mut headers: Vec<&str> = Vec::new();
    if arguments.all_namespaces {
        headers.push("NAMESPACE");
    }
    headers.extend(["NAME", "REVISION", "SUSPENDED", "READY"]);
    if wide {
        headers.push("REASON");
    }
    headers.push("MESSAGE");
    let mut table = Table::new(headers);
    // With several kinds in one listing, the kind is a part of the name, as `flux get all` has it.
    let prefix = match arguments.what.listings() {
        [_] => String::new(),
        _ => format!("{}/", listing.kind().to_lowercase()),
    };
    for row in rows {
        let mut cells = Vec::new();
        if arguments.all_namespaces {
            cells.push(row.namespace.clone());
        }
        let suspended = if row.suspended { "True" } else { "False" };
        cells.extend([format!("{prefix}{}", row.name), row.revision.clone(), suspended.to_owned()]);
        cells.push(row.readiness.word().to_owned());
        if wide {
            cells.push(row.reason.clone());
        }
        cells.push(row.message.clone());
        table.row(cells);
    }
    table
}

async fn watch(
    cluster: &Cluster,
    format: Option<Format>,
    arguments: &Get,
    listings: &[Listing],
    scope: &Scope,
) -> Result<(), Failure> {
    let mut watches = Vec::new();
    for listing in listings {
        if let Some(gvk) = listing.served(cluster).await? {
            watches.push((*listing, cluster.watch(&gvk, scope.clone(), selector(arguments))));
        }
    }
    loop {
        let next = watches.iter_mut().map(|(listing, watch)| {
            let listing = *listing;
            Box::pin(async move { (listing, watch.next().await) })
        });
        let ((listing, event), _, _) = futures::future::select_all(next).await;
        let objects = match event {
            Event::Applied(object) => vec![object],
            // The first list was printed already.
            Event::Restarted(_) | Event::Deleted(_) => continue,
        };
        print(format, arguments, &[(listing, objects)])?;
    }
}
