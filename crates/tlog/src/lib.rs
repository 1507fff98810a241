//! The transparency log's arithmetic: tree, tiles, signed notes, checkpoints, proofs, receipts. Pure: no I/O, no clock.
