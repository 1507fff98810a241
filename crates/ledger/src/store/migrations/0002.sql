-- Schema 2. What witnesses signed: their lines under a checkpoint, and when the quorum was reached;
-- and tiles whose root can be read without their hashes.

alter table checkpoint add column witnessed_at integer;   -- null: not by the policy's quorum

create index checkpoint_witnessed on checkpoint (size) where witnessed_at is not null;

create table cosignature (
    size integer not null,                -- of the checkpoint
    name text not null,                   -- of the witness's key
    key_id blob not null,
    line text not null,                   -- as it stands under the note
    cosigned_at integer not null,         -- what the witness says
    primary key (size, name, key_id)
) strict, without rowid;

create index cosignature_by_key on cosignature (name, key_id, size);

-- A tile's row is longer than a page, and what stands behind the hashes costs three reads. Partial
-- tiles of higher levels are made of up to 255 roots.
create table log_tile_2 (
    id integer primary key,
    root blob not null,                   -- of the tile: what the level above stores for it
    hashes blob not null
) strict;

insert into log_tile_2 (id, root, hashes) select id, root, hashes from log_tile;
drop table log_tile;
alter table log_tile_2 rename to log_tile;
