//! What the crate promises, checked from outside: against the vectors of the specifications,
//! against the recursive definition of the tree, and against hostile input.

#[cfg(test)]
mod add_checkpoint;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod cose;
#[cfg(test)]
mod cosignatures;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod notes;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod post_quantum;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod right_edge;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod tiles;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod vectors;
