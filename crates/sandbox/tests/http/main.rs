//! The sandbox from outside: over real HTTP, by a client that knows nothing of its insides.

// Everything here is a test, helpers included; the attribute tells the lints so.
#[cfg(test)]
mod administration;
#[cfg(test)]
mod arguments;
#[cfg(test)]
mod bad_days;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod client;
#[cfg(test)]
mod content;
#[cfg(test)]
mod deltas;
#[cfg(test)]
mod extras;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod folder_writes;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod links;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod members;
#[cfg(test)]
mod model;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod search;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod ways;
#[cfg(test)]
mod webhooks;
