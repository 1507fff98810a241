-- Schema 6. Versions that wait until their content was read once, for its SHA-256.

alter table source add column scope text not null default '';         -- what the credentials allow
alter table source add column awaited integer not null default 0;     -- versions that wait, not held
alter table source add column awaited_bytes integer not null default 0;

-- Each becomes an event when its content was read. Those of one item follow each other by id. While
-- the item is gone they are held: what is not there is not read.
create table awaited (
    id integer primary key,
    source integer not null,
    item integer not null,                -- publishes it
    revision_of integer not null,         -- the item that it is a revision of; another may have taken its place
    revision_tag integer not null,        -- as in recorded
    revision text not null,
    content_hash blob not null,
    bytes integer not null,
    declared_at integer not null,
    origin integer not null,              -- as in event
    editor text,
    folder integer not null,              -- where the file was when the version was seen
    leaf text not null,
    name text,                            -- null: the leaf
    held integer not null                 -- 0 its turn comes, 1 its item is gone
) strict;

create unique index awaited_by_revision on awaited (revision_of, revision_tag);
create index awaited_by_item on awaited (item, id);
create index awaited_by_turn on awaited (source, held, id);

-- What an entry of the list lacks: 0 the event, 1 only the SHA-256 of an event.
alter table unrecorded add column lack integer not null default 0;
