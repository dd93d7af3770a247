//! `tenter events`.

use std::process::ExitCode;

use cluster::{Event, Scope, Selector};
use manifest::{GroupVersionKind, Value};

use super::Context;
use crate::cli::Events;
use crate::error::Failure;
use crate::output::{self, Table};

/// Prints events, oldest first, and with `--watch` every new one.
pub(crate) async fn run(context: &Context, arguments: Events) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let gvk = GroupVersionKind::from_api_version("v1", "Event");
    let scope =
        if arguments.all_namespaces { Scope::Cluster } else { Scope::Namespace(context.namespace().to_owned()) };
    let about = arguments.object.as_deref().map(About::parse).transpose()?;
    let mut listed = cluster.list(&gvk, &scope, &Selector::all()).await?;
    listed.retain(|event| concerns(about.as_ref(), event));
    // Times are whole seconds; within one, the order of writing tells.
    listed.sort_by_key(|event| (last_seen(event), written(event)));
    print(context, &arguments, &listed)?;
    if !arguments.watch {
        return Ok(ExitCode::SUCCESS);
    }
    let mut events = cluster.watch(&gvk, scope, Selector::all());
    loop {
        if let Event::Applied(event) = events.next().await
            && concerns(about.as_ref(), &event)
        {
            print(context, &arguments, &[event])?;
        }
    }
}

/// An object named as kind/name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// The kind or a name of it, in lower case.
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl About {
    /// Reads `kind/name`.
    pub(crate) fn parse(text: &str) -> Result<About, Failure> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => {
                Ok(About { kind: kind.to_lowercase(), name: name.to_owned() })
            }
            Some(_) | None => Err(Failure::Usage(format!("{text:?} is not kind/name, such as kustomization/apps"))),
        }
    }
}

fn concerns(about: Option<&About>, event: &Value) -> bool {
    let object = &event["involvedObject"];
    about.is_none_or(|about| {
        let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
        (kind == about.kind || format!("{kind}s") == about.kind) && object["name"] == about.name.as_str()
    })
}

fn last_seen(event: &Value) -> String {
    let time = |field: &str| event[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    time("lastTimestamp")
        .or_else(|| time("eventTime"))
        .or_else(|| event["metadata"]["creationTimestamp"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn written(event: &Value) -> u64 {
    event["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn print(context: &Context, arguments: &Events, events: &[Value]) -> Result<(), Failure> {
    output::print_as(
        context.output(),
        || Value::Array(events.to_vec()),
        || {
            let mut headers = vec!["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
            if arguments.all_namespaces {
                headers.insert(0, "NAMESPACE");
            }
            let mut table = Table::new(headers);
            for event in events {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let object = &event["involvedObject"];
                let object = format!("{}/{}", text(&object["kind"]), text(&object["name"]));
                let mut cells = vec![
                    last_seen(event),
                    text(&event["type"]),
                    text(&event["reason"]),
                    object,
                    text(&event["message"]),
                ];
                if arguments.all_namespaces {
                    cells.insert(0, text(&event["metadata"]["namespace"]));
                }
                table.row(cells);
            }
            if table.is_empty() { "no events\n".to_owned() } else { table.to_string() }
        },
    )
}
