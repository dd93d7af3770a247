//! Who tells the controller to stop.

use std::io;

/// The signals that end a controller: an interrupt, and what Kubernetes sends before it kills.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// From here on, signals are heard.
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Returns when one has come.
    #[cfg(unix)]
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Returns when one has come.
    #[cfg(not(unix))]
    pub(super) async fn stop(&mut self) {
        // Without a way to be told, it runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
