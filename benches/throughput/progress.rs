//! What the benchmark is doing: one line that changes on a terminal, lines elsewhere.

use std::{
    io::{self, Write},
    time::Duration,
};

use indicatif::ProgressBar;

pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Tells what is done next.
    pub(crate) fn step(&self, what: &str) {
        self.0.set_message(what.to_owned());
        if self.0.is_hidden() {
            // Nobody may be reading, and that is no reason to stop.
            let _ = writeln!(io::stderr(), "{what}");
        }
    }

    /// Tells how far it has come.
    pub(crate) fn share(&self, done: usize, all: usize) {
        self.0.set_message(format!("{} of {all}", done.min(all)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
