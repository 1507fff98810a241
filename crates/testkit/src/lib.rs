//! For tests and benchmarks only: a sandbox with an instance beside it, and the walk through the
//! story, on an instance in this process or on the real binary.
//!
//! Nothing here is clever about the product: it looks at addresses, JSON and files, as a user's
//! tools would, so that a test that uses it would notice what a user notices.

#![expect(clippy::indexing_slicing, reason = "a JSON value has no member that panics: it is null")]

mod figures;
mod form;
mod instance;
mod live;
mod loaded;
mod process;
mod times;
pub mod usage;
mod walk;

pub use figures::{Figures, disk_bytes};
pub use instance::Instance;
pub use loaded::{Loaded, Shape};
pub use process::{APP_KEY, Proofbox, Witness, sign_in_link};
pub use times::{Times, in_words, per_second};
pub use walk::{Consent, Walk};
