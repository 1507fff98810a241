//! The real binary, run as a user runs it.

#[cfg(test)]
mod command {
    mod config;
    mod hash;
    mod run;
    mod verify;
}
