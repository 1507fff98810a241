-- Schema 12. Files are found in the order of their assets, for searches by a part of a name: store/search.rs.
-- The names themselves may be longer than the row of an index.

create index item_by_asset on item (source, asset);
