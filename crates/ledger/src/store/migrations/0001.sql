-- Schema 1. Times are milliseconds since 1970, ids at the edge are 16-byte blobs, and rows know
-- each other by small integers. Hot tables declare no foreign keys: one writer keeps them.

create table tenancy (
    id integer primary key,
    uuid blob not null unique,
    display_name text not null,
    verified_domain text,
    created_at integer not null
) strict;

create table user (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    name text not null,
    role integer not null                 -- 0 administrator, 1 member
) strict;

-- Links, sessions and tokens are known by a hash: whoever reads the file cannot use them.
create table sign_in_link (
    token_hash blob primary key,
    user integer not null,
    expires_at integer not null
) strict, without rowid;

create table session (
    id_hash blob primary key,
    data blob not null,
    expires_at integer not null
) strict, without rowid;

create index session_by_end on session (expires_at);

create table api_token (
    token_hash blob primary key,
    source integer not null,
    expires_at integer not null
) strict, without rowid;

create table source (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    account text not null,
    account_name text not null,
    account_email text not null,
    display_name text not null,
    disconnected_by integer,              -- null connected, 0 owner, 1 provider
    disconnected_at integer,
    rules text not null,
    cursor text,
    credentials blob,                     -- sealed
    secret_hash blob,
    secret_valid_until integer,
    documents integer not null,           -- how many assets it made
    created_at integer not null,
    unique (tenancy, account)
) strict;

-- Every folder path is kept once; items and events point here. Paths end in a slash, so that
-- folder and leaf joined are the path, whatever it looks like.
create table folder (
    id integer primary key,
    source integer not null,
    path text not null,
    path_key text not null
) strict;

create unique index folder_by_path on folder (source, path_key, path);

create table item (
    id integer primary key,
    source integer not null,
    key text not null,
    asset integer,
    revision text not null,
    content_hash blob not null,
    folder integer not null,
    leaf text not null,
    leaf_key text not null,
    name text,                            -- null: the leaf
    presence integer not null,            -- 0 gone, 1 present
    generation integer not null
) strict;

create index item_by_place on item (folder, leaf_key);

-- Items by 8 bytes of a hash over source and key. New rows are of level 0, a small table within
-- the table, and move to level 1 many at a time: store/recent.rs says why.
create table item_key (
    level integer not null,
    tag integer not null,
    item integer not null,
    primary key (level, tag, item)
) strict, without rowid;

-- The idempotency key of every recorded revision. It is 8 bytes of a hash over tenancy, account,
-- key and revision beside the item that these make, so 64 bits tell the revisions of one file
-- apart and neighbours stay neighbours.
create table recorded (
    item integer not null,
    revision_tag integer not null,
    event integer not null,
    primary key (item, revision_tag)
) strict, without rowid;

create table unrecorded (
    source integer not null,
    key text not null,
    path text not null,
    path_key text not null,
    generation integer not null,
    reason text not null,
    first_seen integer not null,
    last_seen integer not null,
    primary key (source, key)
) strict, without rowid;

create index unrecorded_by_place on unrecorded (source, path_key);

-- An asset's id is the log index of its first event, an event's its own log index.
create table asset (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    item integer not null,
    latest_event integer not null,
    version integer not null,
    versions integer not null,
    status integer not null               -- 0 withdrawn, 1 published
) strict;

create index asset_by_tenancy on asset (tenancy);

create table event (
    id integer primary key,
    uuid blob not null unique,
    asset integer not null,
    version integer not null,
    kind integer not null,                -- 0 NewAsset, 1 Publish, 2 Withdraw
    content_hash blob not null,
    sha256 blob,
    declared_at integer not null,
    accepted_at integer not null,
    origin integer not null,              -- 0 observed, 1 filled in
    previous integer,                     -- the asset's event before
    salts blob not null,                  -- a 32-byte seed, or what is left after an erasure
    folder integer,                       -- private from here on
    leaf text,
    name text,                            -- null: the leaf, or erased
    revision text,
    editor text
) strict;

-- Events by the first 8 bytes of the lookup ids of their fingerprints, ordered as unsigned
-- numbers. Levels as in item_key.
create table lookup (
    level integer not null,
    prefix integer not null,
    event integer not null,
    primary key (level, prefix, event)
) strict, without rowid;

create table log_entry (
    id integer primary key,               -- the log index
    entry blob not null
) strict;

-- Full tiles of hashes. The id is the tile's level in the highest byte and its index below.
create table log_tile (
    id integer primary key,
    hashes blob not null,
    root blob not null                    -- of the tile: what the level above stores for it
) strict;

create table log_head (
    id integer primary key check (id = 0),
    size integer not null,
    root blob not null,
    frontier blob not null,
    fingerprints integer not null         -- rows of lookup
) strict;

create table checkpoint (
    size integer primary key,
    note text not null,
    signed_at integer not null
) strict;
