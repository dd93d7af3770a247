//! Arguments of `explain` and `test`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `explain`.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// What is to be explained
    #[command(subcommand)]
    pub what: Explained,
}

/// What `explain` explains.
#[derive(Debug, Clone, Subcommand)]
pub enum Explained {
    /// Where a request goes: which rule matches, why earlier ones do not, destinations, timeouts, retries, mTLS settings
    #[command(
        after_help = "Examples:\n  tenter explain route http://reviews:9080/ --from shop/web -H 'end-user: ada'\n  tenter explain route https://shop.example.com/cart --gateway istio-system/public -X POST\n  tenter explain route http://ratings.shop/ --from-namespace shop --in clusters/production -o json"
    )]
    Route(ExplainRoute),
    /// Whether a request is let in: network policies, mTLS mode, tokens, authorization, with the policy that decides
    #[command(
        after_help = "Examples:\n  tenter explain access --from shop/web --to shop/ratings --port 8080 --path /v1/ratings\n  tenter explain access --from-ip 203.0.113.7 --to shop/web --port 8080 -X POST\n  tenter explain access --principal cluster.local/ns/a/sa/b --to shop/db --port 5432 --tcp --cluster"
    )]
    Access(ExplainAccess),
    /// How a connection between two workloads is encrypted, and whose certificates are expected
    #[command(after_help = "Examples:\n  tenter explain transport --from shop/web --to shop/ratings --port 8080")]
    Transport(ExplainTransport),
}

/// Whose configuration counts.
#[derive(Debug, Clone, Args)]
pub struct Declared {
    /// Repositories, folders and files with the objects; by default the folder here
    #[arg(long = "in", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The objects of the cluster, together with those of --in if any are named
    #[arg(long)]
    pub cluster: bool,
}

/// Who sends a request.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = true)]
pub struct Client {
    /// The workload that sends it, as namespace/name
    #[arg(long, value_name = "WORKLOAD")]
    pub from: Option<String>,
    /// Some workload of this namespace
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "from")]
    pub from_namespace: Option<String>,
    /// Somebody outside, through this Gateway of Istio or the Gateway API, as namespace/name
    #[arg(long, value_name = "GATEWAY", conflicts_with_all = ["from", "from_namespace"])]
    pub gateway: Option<String>,
    /// The address that it comes from
    #[arg(long, value_name = "IP")]
    pub from_ip: Option<String>,
    /// The identity that the connection proves, such as cluster.local/ns/shop/sa/web
    #[arg(long, value_name = "IDENTITY", conflicts_with = "plaintext")]
    pub principal: Option<String>,
    /// The connection is in clear text
    #[arg(long)]
    pub plaintext: bool,
}

/// A request.
#[derive(Debug, Clone, Args)]
pub struct RequestLine {
    /// The method
    #[arg(short = 'X', long, default_value = "GET", value_name = "METHOD")]
    pub method: String,
    /// A header, as 'name: value'. Repeatable
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,
    /// The server name of the TLS handshake; by default the host
    #[arg(long, value_name = "NAME")]
    pub sni: Option<String>,
    /// The claims of a valid token that the request carries, as JSON
    #[arg(long, value_name = "JSON")]
    pub claims: Option<String>,
}

/// Arguments of `explain route`.
#[derive(Debug, Clone, Args)]
pub struct ExplainRoute {
    /// http://HOST:PORT/PATH?QUERY (80 without a port), https://…, or tcp://HOST:PORT
    #[arg(value_name = "URL")]
    pub url: String,
    /// Who sends it
    #[command(flatten)]
    pub from: Client,
    /// The rest of the request
    #[command(flatten)]
    pub request: RequestLine,
    /// Whose configuration counts
    #[command(flatten)]
    pub declared: Declared,
}

/// Arguments of `explain access`.
#[derive(Debug, Clone, Args)]
pub struct ExplainAccess {
    /// The workload that it comes to, as namespace/name
    #[arg(long, value_name = "WORKLOAD")]
    pub to: String,
    /// The workload's port
    #[arg(long, value_name = "PORT")]
    pub port: u16,
    /// The path of the request, with its query
    #[arg(long, default_value = "/", value_name = "PATH")]
    pub path: String,
    /// The host of the request
    #[arg(long, default_value = "localhost", value_name = "HOST")]
    pub host: String,
    /// It is no HTTP that a proxy could read
    #[arg(long)]
    pub tcp: bool,
    /// The client's address as headers tell it
    #[arg(long, value_name = "IP")]
    pub remote_ip: Option<String>,
    /// External authorizers refuse the request; without this they let it pass
    #[arg(long)]
    pub external_denies: bool,
    /// Who sends it
    #[command(flatten)]
    pub from: Client,
    /// The rest of the request
    #[command(flatten)]
    pub request: RequestLine,
    /// Whose configuration counts
    #[command(flatten)]
    pub declared: Declared,
}

/// Arguments of `explain transport`.
#[derive(Debug, Clone, Args)]
pub struct ExplainTransport {
    /// The client, as namespace/name
    #[arg(long, value_name = "WORKLOAD")]
    pub from: String,
    /// The server, as namespace/name
    #[arg(long, value_name = "WORKLOAD")]
    pub to: String,
    /// The server's port
    #[arg(long, value_name = "PORT")]
    pub port: u16,
    /// Whose configuration counts
    #[command(flatten)]
    pub declared: Declared,
}

/// Arguments of `test`.
#[derive(Debug, Clone, Args)]
pub struct Test {
    /// Files of tests, or folders whose files that end in _test.mesh.yaml are run
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Only tests with this text in their name
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Print the reasoning of tests that fail
    #[arg(long)]
    pub reasoning: bool,
    /// List the rules that no test exercised
    #[arg(long)]
    pub coverage: bool,
}
