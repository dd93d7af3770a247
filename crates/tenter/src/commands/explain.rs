//! `tenter explain`: why a request goes where it goes, is let in or not, and how connections are encrypted.

use std::process::ExitCode;
use std::sync::Arc;

use manifest::Manifest;
use mesh::request::Request;
use mesh::testing::{AccessQuestion, Answer, External, Question, RouteQuestion, Sender, TransportQuestion, ask};
use mesh::{World, WorldOptions};
use serde_json::json;

use super::Context;
use crate::cli::{Client, Declared, Explain, ExplainAccess, ExplainRoute, ExplainTransport, Explained, RequestLine};
use crate::error::Failure;
use crate::output;
use crate::survey::Survey;

/// Asks, and prints the decision with its reasoning. Where a repository declares several clusters, each is asked.
pub(crate) async fn run(context: &Context, arguments: Explain) -> Result<ExitCode, Failure> {
    let (question, declared) = match arguments.what {
        Explained::Route(route) => (route_question(&route)?, route.declared),
        Explained::Access(access) => (access_question(&access)?, access.declared),
        Explained::Transport(transport) => (transport_question(&transport), transport.declared),
    };
    let mut answers = Vec::new();
    let mut unanswered = None;
    for objects in clusters(context, &declared).await? {
        let world = World::new(objects, WorldOptions::default());
        match ask(&world, &question) {
            Ok(answer) => answers.push(answer),
            Err(why) => unanswered = Some(why),
        }
    }
    if answers.is_empty() {
        return Err(Failure::Usage(
            unanswered.map_or_else(|| "there are no objects".to_owned(), |why| why.to_string()),
        ));
    }
    let value =
        || answers.iter().map(|answer| json!({ "decision": answer.decision, "reasoning": answer.reasoning })).collect();
    output::print_as(context.output(), value, || answers.iter().map(text).collect())?;
    Ok(ExitCode::SUCCESS)
}

fn text(answer: &Answer) -> String {
    format!("{}\n\n{}\n", manifest::yaml::write(&answer.decision).trim_end(), answer.reasoning)
}

/// The objects of each cluster that the paths declare.
async fn clusters(context: &Context, declared: &Declared) -> Result<Vec<Vec<Arc<Manifest>>>, Failure> {
    let mut survey = Survey::default();
    if declared.cluster {
        survey.add(Survey::of_objects(engine::live_objects(&context.cluster().await?).await?));
    }
    let here = [".".into()];
    let paths = match (declared.paths.as_slice(), declared.cluster) {
        ([], false) => &here[..],
        (paths, _) => paths,
    };
    for path in paths {
        survey.add(Survey::at(path).await?);
    }
    survey.complain();
    let objects = |cluster: Vec<mesh::WorldObject>| cluster.into_iter().map(|object| object.manifest).collect();
    Ok(survey.clusters.into_iter().map(objects).collect())
}

fn route_question(arguments: &ExplainRoute) -> Result<Question, Failure> {
    let request = request(&arguments.url, &arguments.request)?;
    Ok(Question::Route(Box::new(RouteQuestion { from: sender(&arguments.from), request })))
}

fn access_question(arguments: &ExplainAccess) -> Result<Question, Failure> {
    let (host, port) = (&arguments.host, arguments.port);
    let url = match arguments.tcp {
        true => format!("tcp://{host}:{port}"),
        false => format!("http://{host}:{port}/{}", arguments.path.trim_start_matches('/')),
    };
    Ok(Question::Access(Box::new(AccessQuestion {
        from: sender(&arguments.from),
        to: arguments.to.clone(),
        port,
        request: request(&url, &arguments.request)?,
        remote_ip: arguments.remote_ip.clone(),
        external: if arguments.external_denies { External::Denies } else { External::Allows },
    })))
}

fn transport_question(arguments: &ExplainTransport) -> Question {
    Question::Transport(TransportQuestion {
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        port: arguments.port,
    })
}

fn sender(from: &Client) -> Sender {
    Sender {
        workload: from.from.clone(),
        namespace: from.from_namespace.clone(),
        gateway: from.gateway.clone(),
        ip: from.from_ip.clone(),
        principal: from.principal.clone(),
        plaintext: from.plaintext,
    }
}

fn request(url: &str, line: &RequestLine) -> Result<Request, Failure> {
    let usage = |text: String| Failure::Usage(text);
    let mut request = Request::get(url).map_err(|error| usage(error.to_string()))?;
    request.method.clone_from(&line.method);
    request.server_name.clone_from(&line.sni);
    for header in &line.headers {
        let (name, value) =
            header.split_once(':').ok_or_else(|| usage(format!("{header:?} is no header; write 'name: value'")))?;
        request = request.with_header(name.trim(), value.trim());
    }
    if let Some(claims) = &line.claims {
        let claims = serde_json::from_str(claims);
        request.claims = Some(claims.map_err(|error| usage(format!("--claims is no JSON: {error}")))?);
    }
    Ok(request)
}
