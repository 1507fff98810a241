-- Schema 4. What is registered over the API: assets and events that no source leads to, and the
-- applications, policies, subjects and blobs that belong to them. A registered asset has item 0.

alter table asset add column sharing integer not null default 1;   -- 0 private, 1 public

create table registered_asset (
    asset integer primary key,
    tenancy integer not null,
    attributes text not null,             -- the fold of its events, JSON
    tracking integer not null             -- 0 not tracked, 1 tracked
) strict;

create index registered_asset_by_tenancy on registered_asset (tenancy, asset);

-- What a registered event says, in the canonical text whose hash its entry commits to. Who made it
-- is private and stands in event.editor, as JSON.
create table registered_event (
    event integer primary key,
    said text not null
) strict;

-- Registered assets by 8 bytes of a hash over tenancy, name and text of each attribute that is a
-- text now. Eight bytes find a row; the attributes decide.
create table attribute_tag (
    tag integer not null,
    asset integer not null,
    primary key (tag, asset)
) strict, without rowid;

-- What a caller's own key for a request led to.
create table once (
    tenancy integer not null,
    key blob not null,                    -- a hash
    request blob not null,                -- a hash
    made blob not null,                   -- identities
    at integer not null,
    primary key (tenancy, key)
) strict, without rowid;

create index once_by_time on once (at);

create table application (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    display_name text not null,
    custom_claims text not null,          -- JSON
    role integer not null,                -- 0 administrator, 1 recorder
    secret_hash blob not null,
    valid_from integer not null,
    valid_until integer not null
) strict;

create index application_by_tenancy on application (tenancy, id);

create table application_token (
    token_hash blob primary key,
    application integer not null,
    expires_at integer not null
) strict, without rowid;

create index application_token_by_application on application_token (application);

-- Access policies and subjects, as JSON whose shape is checked where it comes in.
create table iam_item (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    kind integer not null,                -- 0 access policy, 1 subject
    body text not null
) strict;

create index iam_item_by_tenancy on iam_item (tenancy, kind, id);

create table blob (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    sha256 blob not null,
    mime_type text not null,
    size integer not null,
    subject text not null,                -- who sent it
    accepted_at integer not null
) strict;

create index blob_by_tenancy on blob (tenancy, id);

create table blob_content (
    blob integer primary key,
    content blob not null
) strict;
