//! Both ends over real HTTP on loopback.

#[cfg(test)]
mod house;
#[cfg(test)]
mod log;
#[cfg(test)]
mod service;
