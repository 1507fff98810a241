//! How far a long run is: on standard error, on a terminal, and only where it takes a while.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Below this a progress bar would only flicker.
const STEPS_MIN: u64 = 20_000;

/// A bar that shows itself when it is worth it.
#[derive(Default)]
pub(crate) struct Progress(OnceLock<ProgressBar>);

impl Progress {
    /// So many entries, or other steps, are done.
    pub(crate) fn show(&self, done: u64, of: u64) {
        if of >= STEPS_MIN {
            self.0.get_or_init(|| bar(of)).set_position(done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(of: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len}, {eta}");
    let bar = ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
