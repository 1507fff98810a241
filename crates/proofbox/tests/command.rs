//! The real binary, run as a user runs it.

#[cfg(test)]
mod command {
    mod config;
    mod hash;
    mod help;
    mod history;
    mod log;
    mod run;
    mod sandbox;
    mod verify;
    mod witness;
}
