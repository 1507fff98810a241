//! The crate from outside: logs made here from the formats alone, in memory, in a directory and
//! behind a web server, whole and damaged.

#[cfg(test)]
mod audit {
    mod export;
    mod flips;
    mod fsck;
    mod hammer;
    mod monitor;
    mod readers;
    mod sample;
    mod serving;
}
