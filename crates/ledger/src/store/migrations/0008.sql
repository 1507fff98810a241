-- Schema 8. What was answered to writes that came with a key of their caller's own. Kept for a day.

create table answer (
    tenancy integer not null,
    key blob not null,                    -- SHA-256 over the caller's key and what it is for
    request blob not null,                -- SHA-256 over the request
    status integer not null,
    body blob not null,                   -- sealed: it may hold a secret
    at integer not null,
    primary key (tenancy, key)
) strict, without rowid;

create index answer_by_age on answer (at);
