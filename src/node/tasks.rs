//! What runs beside the requests, and ends with the process.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long tasks may take to stop.
const STOPPING: Duration = Duration::from_secs(20);

/// The tasks of a process: none outlives its stop.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task that may be dropped at any await when the process stops.
    pub fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }

    /// Runs a task that sees the stop itself and ends in its own time.
    pub fn run_to_end(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Stops every task, and waits for it.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(STOPPING, self.tracker.wait()).await.is_err() {
            tracing::warn!("some tasks did not stop in time");
        }
    }
}
