-- Schema 10. Members of a tenancy beside its first administrator, and those who are invited.

alter table user add column email text not null default '';
alter table user add column deactivated_at integer;                 -- null: active
alter table user add column sessions_since integer not null default 0;  -- those begun before are void

create index user_by_tenancy on user (tenancy, id);

create table invitation (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    token_hash blob not null unique,
    name text not null,
    email text not null,
    message text not null,
    role integer not null,                -- as in user
    expires_at integer not null
) strict;

create index invitation_by_tenancy on invitation (tenancy, id);
