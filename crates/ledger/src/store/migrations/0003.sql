-- Schema 3. What an owner decides about an integration beside its folders, what it did, and which
-- files that left may have been deleted.

alter table source add column paused_at integer;                     -- null: it runs
alter table source add column on_deletion integer not null default 0; -- 0 the trail pauses, 1 withdraw
alter table source add column fingerprints integer not null default 0; -- 0 block hash, 1 SHA-256 too
alter table source add column history integer not null default 0;    -- 0 from now on, 1 what is kept
alter table source add column lease integer not null default 0;      -- the newest one given out

-- What an integration did, step by step. Old steps make room for new ones.
create table activity (
    id integer primary key,
    source integer not null,
    at integer not null,
    kind text not null,
    detail text not null,                 -- a sentence, or empty
    events integer not null,
    gone integer not null,
    unrecorded integer not null
) strict;

create index activity_by_source on activity (source, id);

-- Items that left while their integration withdraws what is deleted. Each waits here until somebody
-- has asked whether it was deleted or only went elsewhere.
create table departed (
    source integer not null,
    item integer not null,
    primary key (source, item)
) strict, without rowid;
