//! Starting and stopping everything.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::clock::Clock;
use crate::events::Recorder;
use crate::options::Options;
use crate::watch::World;
use crate::writer::Writer;

/// All controllers and stand-ins.
#[derive(Debug)]
pub struct Local {}

impl Local {
    /// Starts them against the API server behind `client`. Must be called inside a runtime.
    ///
    /// Returns at once; [`Running::ready`] tells when the caches are filled and work begins. If the API server cannot
    /// be reached, they try again until it can.
    pub fn start(client: kube::Client, clock: Clock, options: Options) -> Running {
        let mut tasks = JoinSet::new();
        let (ready, is_ready) = watch::channel(false);
        tasks.spawn(run(client, clock, options, ready));
        Running { tasks, is_ready }
    }
}

/// Everything [`Local::start`] started. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    tasks: JoinSet<()>,
    is_ready: watch::Receiver<bool>,
}

/// A part of the stand-in machinery ended by itself.
#[derive(Debug, Error)]
#[error("the local controllers have stopped: this is a bug in Tenter, please report it with this cause")]
pub struct Stopped(#[from] JoinError);

impl Running {
    /// Returns once every cache is filled and the controllers work.
    pub async fn ready(&mut self) {
        // An error means that the task has ended, which `join` reports.
        let _ = self.is_ready.wait_for(|ready| *ready).await;
    }

    /// Stops everything. A write that is under way may or may not happen; each is safe to repeat.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }

    /// Waits for ever, unless something breaks.
    pub async fn join(mut self) -> Result<(), Stopped> {
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}

/// Feeds the caches, then lets the controllers work until one of them breaks.
async fn run(client: kube::Client, clock: Clock, options: Options, ready: watch::Sender<bool>) {
    let mut tasks = JoinSet::new();
    let world = Arc::new(World::new());
    let controllers = crate::wiring::controllers(&world, &options);
    world.feed(&client, &mut tasks);
    world.synced().await;
    let (recorder, write_events) = Recorder::new(client.clone(), clock);
    tasks.spawn(write_events);
    let writer = Writer { client, world, recorder };
    for (controller, workers) in controllers {
        controller.start(workers, &writer, clock, &mut tasks);
    }
    ready.send_replace(true);
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
