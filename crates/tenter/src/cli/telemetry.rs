//! Arguments of commands that tell others what they do.

use std::net::SocketAddr;

use clap::Args;

/// Where metrics are served, and where traces go.
#[derive(Debug, Clone, Args)]
pub struct Reporting {
    /// Where /healthz, /readyz and /metrics are served; `0.0.0.0:8080` in a pod
    #[arg(long, value_name = "ADDRESS")]
    pub health_addr: Option<SocketAddr>,
    /// Where a trace of every commit is sent, as OTLP over HTTP, such as http://localhost:4318; by default nowhere
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", hide_env_values = true, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Headers that are sent along, as NAME=VALUE with commas between them
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_HEADERS",
        hide_env_values = true,
        value_name = "HEADERS",
        default_value = ""
    )]
    pub otlp_headers: String,
}
