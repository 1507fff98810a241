//! The real binary as a server: its story, its directory, and its bad days.

#[cfg(test)]
mod instance {
    mod bad_days;
    mod beside;
    mod crash;
    mod demo;
    mod directory;
    mod disk;
    mod faults;
    mod log;
    mod log_copy;
    mod rollback;
    mod story;
    mod webhook;
    mod witness;
    mod witness_kills;
}
