//! Tests as they are written.

use std::sync::Arc;

use manifest::{Diagnostic, Location, Manifest, Origin, Value};

use super::{API_VERSION, KIND};
use crate::Field;
use crate::access::ExternalAnswer;
use crate::request::Request;

/// The tests of one `MeshTest`, and the objects that stand beside it in its file.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// The paths whose objects are its world, relative to its file.
    pub world: Vec<String>,
    /// The objects of its own file.
    pub objects: Vec<Arc<Manifest>>,
    /// Its tests, in order.
    pub cases: Vec<TestCase>,
}

/// One test.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub location: Option<Location>,
    /// The document, or the reason, that it follows from; empty if it does not say.
    pub because: String,
    /// Objects that are laid over the world for it.
    pub with: Vec<Arc<Manifest>>,
    /// What is asked.
    pub question: Question,
    /// What the answer must say.
    pub expect: Value,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Question {
    /// Where a request goes.
    Route(Box<RouteQuestion>),
    /// Whether a request is let in.
    Access(Box<AccessQuestion>),
    /// How a connection is encrypted.
    Transport(TransportQuestion),
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub struct RouteQuestion {
    /// Who sends it.
    pub from: Sender,
    /// The request.
    pub request: Request,
}

/// Whether a request is let in.
#[derive(Debug, Clone)]
pub struct AccessQuestion {
    /// Who sends it.
    pub from: Sender,
    /// The workload that it comes to, as `namespace/name`.
    pub to: String,
    /// The workload's port that it comes to.
    pub port: u16,
    /// The request.
    pub request: Request,
    /// The host of the client as forwarded headers tell it (`remote.ip`).
    pub remote_ip: Option<String>,
    /// What an external authorizer would answer.
    pub external: ExternalAnswer,
}

/// How a connection is encrypted.
#[derive(Debug, Clone)]
pub struct TransportQuestion {
    /// The client as `namespace/name`.
    pub from: String,
    /// The server as `namespace/name`.
    pub to: String,
    /// The server's port.
    pub port: u16,
}

/// Who sends a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// A workload as `namespace/name`.
    pub workload: Option<String>,
    /// A namespace of which nothing else is known.
    pub namespace: Option<String>,
    /// A gateway as `namespace/name`: Istio's Gateway or Gateway API's.
    pub gateway: Option<String>,
    /// An address.
    pub ip: Option<String>,
    /// An identity that the connection proves, such as `cluster.local/ns/shop/sa/web`.
    pub principal: Option<String>,
    /// Whether the connection is in clear text although it need not be.
    pub plaintext: bool,
}

/// The suites among the objects of one file, each with the other objects of the file.
///
/// # Errors
///
/// A [`Diagnostic`] at the first thing that cannot be understood.
pub fn suites(manifests: Vec<Manifest>) -> Result<Vec<Suite>, Diagnostic> {
    let is_suite = |manifest: &Manifest| {
        let text = |name: &str| manifest.value.get(name).and_then(Value::as_str);
        (text("apiVersion"), text("kind")) == (Some(API_VERSION), Some(KIND))
    };
    let (suites, objects): (Vec<_>, Vec<_>) = manifests.into_iter().partition(is_suite);
    let objects: Vec<Arc<Manifest>> = objects.into_iter().map(Arc::new).collect();
    suites.iter().map(|suite| read_suite(suite, objects.clone())).collect()
}

fn wrong(field: Field<'_>, message: impl Into<String>) -> Diagnostic {
    let diagnostic = Diagnostic::error(message);
    match field.location() {
        Some(location) => diagnostic.at(location),
        None => diagnostic,
    }
}

/// Says of every member that is not known, because a test that is misunderstood tests nothing.
fn only(field: Field<'_>, known: &[&str]) -> Result<(), Diagnostic> {
    match field.members().find(|(name, _)| !known.contains(name)) {
        Some((name, found)) => {
            Err(wrong(found, format!("`{name}` is unknown here: write one of {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

fn read_suite(manifest: &Manifest, objects: Vec<Arc<Manifest>>) -> Result<Suite, Diagnostic> {
    let root = Field::root(manifest);
    only(root, &["apiVersion", "kind", "metadata", "world", "tests"])?;
    let cases = root.list("tests").map(read_case).collect::<Result<_, _>>()?;
    Ok(Suite { name: manifest.id().name, world: root.texts("world").map(str::to_owned).collect(), objects, cases })
}

fn read_case(field: Field<'_>) -> Result<TestCase, Diagnostic> {
    only(field, &["name", "because", "with", "route", "access", "transport", "expect"])?;
    let question = match (field.get("route"), field.get("access"), field.get("transport")) {
        (Some(route), None, None) => Question::Route(Box::new(read_route(route)?)),
        (None, Some(access), None) => Question::Access(Box::new(read_access(access)?)),
        (None, None, Some(transport)) => Question::Transport(read_transport(transport)?),
        _ => return Err(wrong(field, "a test asks for exactly one of `route`, `access` and `transport`")),
    };
    let Some(expect) = field.get("expect") else { return Err(wrong(field, "a test needs `expect`")) };
    let mut with = Vec::new();
    for object in field.list("with") {
        let origin = Origin { location: object.location(), ..Origin::default() };
        with.push(Arc::new(Manifest::new(object.value().clone(), origin)?));
    }
    let name = field.text("name");
    if name.is_empty() {
        return Err(wrong(field, "a test needs a `name`"));
    }
    Ok(TestCase {
        name: name.to_owned(),
        location: field.location(),
        because: field.text("because").to_owned(),
        with,
        question,
        expect: expect.value().clone(),
    })
}

const REQUEST: [&str; 6] = ["url", "method", "headers", "sni", "claims", "from"];

fn read_route(field: Field<'_>) -> Result<RouteQuestion, Diagnostic> {
    only(field, &REQUEST)?;
    Ok(RouteQuestion { from: read_sender(field)?, request: read_request(field, field.text("url"))? })
}

fn read_access(field: Field<'_>) -> Result<AccessQuestion, Diagnostic> {
    let own = ["to", "port", "remoteIp", "external", "path", "host", "tcp"];
    only(field, &[&REQUEST[..], &own[..]].concat())?;
    let port = read_port(field)?;
    let path = Some(field.text("path")).filter(|path| !path.is_empty()).unwrap_or("/");
    let host = Some(field.text("host")).filter(|host| !host.is_empty()).unwrap_or("localhost");
    let url = match (field.text("url"), field.flag("tcp")) {
        ("", true) => format!("tcp://{host}:{port}"),
        ("", false) => format!("http://{host}:{port}{path}"),
        (url, _) => url.to_owned(),
    };
    let external = match field.text("external") {
        "" | "allow" => ExternalAnswer::Allows,
        "deny" => ExternalAnswer::Denies,
        other => return Err(wrong(field, format!("`external` is `{other}`: write `allow` or `deny`"))),
    };
    Ok(AccessQuestion {
        from: read_sender(field)?,
        to: required(field, "to")?,
        port,
        request: read_request(field, &url)?,
        remote_ip: field.get("remoteIp").and_then(Field::as_str).map(str::to_owned),
        external,
    })
}

fn read_transport(field: Field<'_>) -> Result<TransportQuestion, Diagnostic> {
    only(field, &["from", "to", "port"])?;
    Ok(TransportQuestion { from: required(field, "from")?, to: required(field, "to")?, port: read_port(field)? })
}

fn required(field: Field<'_>, name: &str) -> Result<String, Diagnostic> {
    match field.text(name) {
        "" => Err(wrong(field, format!("`{name}` is needed, as `namespace/name`"))),
        text => Ok(text.to_owned()),
    }
}

fn read_port(field: Field<'_>) -> Result<u16, Diagnostic> {
    let port = field.integer("port").and_then(|port| u16::try_from(port).ok());
    port.ok_or_else(|| wrong(field, "`port` is needed: the number of the workload's port"))
}

fn read_sender(field: Field<'_>) -> Result<Sender, Diagnostic> {
    let Some(from) = field.get("from") else { return Err(wrong(field, "`from` is needed: who sends the request")) };
    if let Some(workload) = from.as_str() {
        return Ok(Sender { workload: Some(workload.to_owned()), ..Sender::default() });
    }
    only(from, &["workload", "namespace", "gateway", "ip", "principal", "plaintext"])?;
    let text = |name: &str| from.get(name).and_then(Field::as_str).map(str::to_owned);
    Ok(Sender {
        workload: text("workload"),
        namespace: text("namespace"),
        gateway: text("gateway"),
        ip: text("ip"),
        principal: text("principal"),
        plaintext: from.flag("plaintext"),
    })
}

fn read_request(field: Field<'_>, url: &str) -> Result<Request, Diagnostic> {
    let mut request = Request::get(url).map_err(|problem| wrong(field, problem.to_string()))?;
    if let Some(method) = field.get("method").and_then(Field::as_str) {
        method.clone_into(&mut request.method);
    }
    for (name, value) in field.map("headers") {
        let Some(value) = value.as_str() else {
            return Err(wrong(value, format!("the header `{name}` must be a text")));
        };
        request = request.with_header(name, value);
    }
    request.server_name = field.get("sni").and_then(Field::as_str).map(str::to_owned);
    request.claims = field.get("claims").map(|claims| claims.value().clone());
    Ok(request)
}
