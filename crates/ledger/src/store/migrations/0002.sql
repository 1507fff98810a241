-- Schema 2. What witnesses signed: their lines under a checkpoint, and when the quorum was reached.

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
