//! The engine against the sandbox over HTTP and a real ledger on disk.

// Everything here is a test, helpers included; the attribute tells the lints so.
#[cfg(test)]
mod bad_days;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod choice;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod contents;
#[cfg(test)]
mod control;
#[cfg(test)]
mod direct;
#[cfg(test)]
mod house;
#[cfg(test)]
mod situations;
#[cfg(test)]
mod unrecorded;
