//! Both ends over real HTTP on loopback: the witness alone, a ledger that is fed to it, and a ledger
//! among witnesses that mean no good.

#[cfg(test)]
mod feeding;
#[cfg(test)]
mod forks;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod house;
#[cfg(test)]
mod log;
#[cfg(test)]
mod service;
#[cfg(test)]
mod site;
