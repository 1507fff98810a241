//! Ctrl-C and SIGTERM: a wish to stop, made once. Cancel, drain and deadline are up to who runs.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for the wish to stop.
pub(crate) struct Shutdown {
    interrupt: Signal,
    terminate: Signal,
}

impl Shutdown {
    /// Starts listening. Before anything is announced: whoever reads that it runs may stop it.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Resolves when the process is asked to stop.
    pub(crate) async fn requested(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
