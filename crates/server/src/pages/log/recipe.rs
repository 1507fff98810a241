//! How to check with two ordinary commands, `xxd` and `sha256sum`, that an entry is in the log:
//! every hash is written out, so that whoever runs it sees each step (RFC 9162, section 2.1.3.2).

use ledger::ProvedEntry;
use tlog::Hash;

/// Lines for a shell. The last one compares with the root.
pub(super) fn recipe(entry: &ProvedEntry) -> String {
    let mut lines = vec![
        "hash() { printf '%s' \"$1\" | xxd -r -p | sha256sum | cut -c 1-64; }".to_owned(),
        format!("h=$(hash 00{})", hex::encode(&entry.bytes)),
    ];
    let sides = sides(entry.index, entry.newest.size, entry.path.len());
    lines.extend(entry.path.iter().zip(sides).map(|(sibling, side)| step(sibling, side)));
    let root = hex::encode(entry.newest.root.0);
    lines.push(format!("test \"$h\" = {root} && echo 'The entry is under this root.'"));
    lines.join("\n")
}

fn step(sibling: &Hash, side: Side) -> String {
    let sibling = hex::encode(sibling.0);
    match side {
        Side::Left => format!("h=$(hash 01{sibling}$h)"),
        Side::Right => format!("h=$(hash \"01${{h}}{sibling}\")"),
    }
}

/// On which side of the hash so far a sibling stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The sides of the hashes of an inclusion proof, in its order.
fn sides(index: u64, size: u64, count: usize) -> Vec<Side> {
    let (mut place, mut last) = (index, size.saturating_sub(1));
    let mut sides = Vec::with_capacity(count);
    for _ in 0..count {
        let is_left = place & 1 == 1 || place == last;
        sides.push(if is_left { Side::Left } else { Side::Right });
        // At the right edge a node without a sibling goes up as it is.
        while is_left && place & 1 == 0 && place != 0 {
            place >>= 1;
            last >>= 1;
        }
        place >>= 1;
        last >>= 1;
    }
    sides
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ledger::{CheckpointSeen, ProvedEntry, SignedCheckpoint};
    use tlog::{Frontier, Hash, NodeId, leaf_hash, node_hash, prove_inclusion};

    use super::{Side, recipe, sides};

    /// An entry of a log whose entries are their own numbers.
    fn entry(index: u64, size: u64) -> ProvedEntry {
        let mut frontier = Frontier::new();
        let mut nodes = std::collections::HashMap::new();
        for number in 0..size {
            let leaf = leaf_hash(&number.to_be_bytes());
            frontier.push(leaf, &mut |node: NodeId, hash| {
                nodes.insert(node, hash);
            });
        }
        let at = Timestamp::UNIX_EPOCH;
        let read = |node| nodes.get(&node).copied().ok_or("no such node");
        ProvedEntry {
            index,
            bytes: index.to_be_bytes().to_vec(),
            path: prove_inclusion(index, size, read).unwrap(),
            newest: SignedCheckpoint { size, root: frontier.root(), at },
            covered: CheckpointSeen { size, at },
        }
    }

    fn root(entry: &ProvedEntry) -> Hash {
        let sides = sides(entry.index, entry.newest.size, entry.path.len());
        entry.path.iter().zip(sides).fold(leaf_hash(&entry.bytes), |hash, (sibling, side)| {
            match side {
                Side::Left => node_hash(sibling, &hash),
                Side::Right => node_hash(&hash, sibling),
            }
        })
    }

    #[test]
    fn the_steps_lead_to_the_root_from_every_entry_of_every_size() {
        for size in 1..70 {
            for index in 0..size {
                let entry = entry(index, size);
                assert_eq!(root(&entry), entry.newest.root, "{index} of {size}");
            }
        }
    }

    #[test]
    fn the_recipe_writes_every_step_out() {
        let entry = entry(1, 3);
        let [first, second] = [entry.path[0], entry.path[1]].map(|hash| hex::encode(hash.0));
        let root = hex::encode(entry.newest.root.0);
        let lines = [
            "hash() { printf '%s' \"$1\" | xxd -r -p | sha256sum | cut -c 1-64; }".to_owned(),
            "h=$(hash 000000000000000001)".to_owned(),
            format!("h=$(hash 01{first}$h)"),
            format!("h=$(hash \"01${{h}}{second}\")"),
            format!("test \"$h\" = {root} && echo 'The entry is under this root.'"),
        ];
        assert_eq!(recipe(&entry), lines.join("\n"));
    }
}
