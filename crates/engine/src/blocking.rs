//! Work that computes for long.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs work that computes for long without holding up other tasks, where the runtime has other threads to run them.
pub(crate) fn compute<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        // There is one thread for everything, so that is where it is computed.
        RuntimeFlavor::CurrentThread => work(),
        // The flavours are an open set; all others have several threads.
        _ => tokio::task::block_in_place(work),
    }
}
