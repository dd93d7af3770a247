//! How long the embedded cluster takes to answer `/readyz`, inside this process and as a whole process.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use apiserver::{ApiServer, Config};
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tenter::bench::percentile::percentile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::Instant;

use crate::measure::{Measure, Target};
use crate::{AS_TENTER, Outcome, Scale, fleet, machine};

const TARGET: Target = Target::AtMost(300.0);

pub(crate) async fn run(scale: Scale) -> Outcome<Vec<Measure>> {
    let mut inside = Vec::new();
    let mut whole = Vec::new();
    let mut memory = None;
    for _ in 0..scale.repetitions {
        inside.push(in_process().await?);
        let (took, used) = whole_process().await?;
        whole.push(took);
        memory = used;
    }
    inside.sort();
    whole.sort();
    let name = "start until /readyz over HTTPS";
    let mut measures = vec![
        Measure::milliseconds(&format!("{name}, in process"), percentile(&inside, 50)).with(TARGET),
        Measure::milliseconds(&format!("{name}, whole `tenter up`"), percentile(&whole, 50)).with(TARGET),
    ];
    measures.extend(memory.map(|(now, _)| Measure::new("resident memory of that process", now, "MiB")));
    Ok(measures)
}

async fn in_process() -> Outcome<Duration> {
    let started = Instant::now();
    let config = Config { custom_resources: kinds::crd::all(), ..Config::default() };
    let server = ApiServer::open(config).await?;
    let endpoint = server.serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    ready(Kubeconfig::from_yaml(&endpoint.kubeconfig())?).await?;
    Ok(started.elapsed())
}

async fn ready(kubeconfig: Kubeconfig) -> Outcome<()> {
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let answer = Client::try_from(config)?.request_text(http::Request::get("/readyz").body(Vec::new())?).await?;
    if answer.trim() == "ok" { Ok(()) } else { Err(format!("/readyz answers {answer:?}").into()) }
}

/// Starts this executable as `tenter up`; returns with its memory.
async fn whole_process() -> Outcome<(Duration, Option<(f64, f64)>)> {
    let repository = fleet::repository()?;
    let state = tempfile::tempdir()?;
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .arg("up")
        .arg(repository.path())
        .env(AS_TENTER, "1")
        .env("XDG_STATE_HOME", state.path())
        .env_remove("KUBECONFIG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stderr.take().ok_or("the child has no standard error")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, path)) = line.split_once("export KUBECONFIG=") {
            ready(Kubeconfig::read_from(path)?).await?;
            let took = started.elapsed();
            let memory = child.id().and_then(|id| machine::memory(&id.to_string()));
            child.kill().await?;
            return Ok((took, memory));
        }
    }
    Err("`tenter up` ended before it was ready".into())
}
