-- Schema 7. The domain that a tenancy claims, and what became of it. While it is verified, its name is
-- also in tenancy.verified_domain, which everybody reads.

create table domain (
    tenancy integer primary key,
    name text not null,                   -- as in the DNS: ASCII, lower case, no dot at the end
    token text not null,                  -- what has to be found; public
    claimed_at integer not null,
    standing integer not null,            -- 0 claimed, 1 verified, 2 lapsed
    since integer not null,               -- that
    proof integer,                        -- 0 a record in the DNS, 1 a file; null: none yet
    missed_since integer,                 -- verified, and not found since then
    checked_at integer,
    problem text not null,                -- why it was not found at that time; empty: it was
    next_check integer                    -- null: when its owner asks
) strict;

create index domain_by_next_check on domain (next_check);
create unique index tenancy_by_verified_domain on tenancy (verified_domain);

create table domain_step (
    id integer primary key,
    tenancy integer not null,
    at integer not null,
    name text not null,
    kind integer not null,                -- 0 claimed, 1 verified, 2 lapsed, 3 released
    proof integer,                        -- as in domain; of what was verified
    problem text not null                 -- why it lapsed; else empty
) strict;

create index domain_step_by_tenancy on domain_step (tenancy, id);
