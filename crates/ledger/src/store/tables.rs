//! The tables that grow with every event. Their rows are kept back in a batch, to be inserted many at a
//! time; whatever asks about one of these tables meanwhile sends its rows before, but for
//! `Db::optional_of_each` and `Db::optional_beside`, whose callers know what waits.

/// The place in the list is the bit in a [`Tables`].
const TABLES: [&str; 12] = [
    "item",
    "item_key",
    "recorded",
    "log_entry",
    "log_tile",
    "event",
    "asset",
    "lookup",
    "registered_asset",
    "registered_event",
    "attribute_tag",
    "activity",
];

/// Some of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables(u16);

impl Tables {
    pub(crate) const ALL: Self = Self(u16::MAX);

    /// Those that a statement names.
    pub(crate) fn named_in(text: &str) -> Self {
        let is_part = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
        let words: Vec<&str> = text.split(is_part).collect();
        let bit = |(place, table): (usize, &&str)| u16::from(words.contains(table)) << place;
        Self(TABLES.iter().enumerate().map(bit).sum())
    }

    pub(crate) fn is_any(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_known_by_their_whole_names() {
        let named = Tables::named_in("select said from registered_event where event = ?1");
        assert!(named.meets(Tables::named_in("insert into registered_event values")));
        assert!(!named.meets(Tables::named_in("insert into asset values")));
        assert!(!Tables::named_in("select id from source").is_any());
    }
}
