-- Schema 5. Webhooks: addresses of a tenancy's own that are told of its events in the order of the
-- log, and what was sent there.

create table webhook (
    id integer primary key,
    uuid blob not null unique,
    tenancy integer not null,
    url text not null,
    secret blob not null,                 -- sealed
    created_at integer not null,
    position integer not null,            -- everything before this place in the log was delivered
    failures integer not null,            -- in a row, of the event at the position
    next_try integer,                     -- when that is tried again
    stopped integer not null              -- 1 after too many failures
) strict;

create index webhook_by_tenancy on webhook (tenancy, id);

create table webhook_delivery (
    id integer primary key,
    webhook integer not null,
    kind integer not null,                -- 0 an event in its turn, 1 once more, 2 a test
    event integer,                        -- its place in the log
    at integer not null,
    duration_ms integer not null,
    status integer,                       -- of the answer, if there was one
    problem text not null                 -- empty if it arrived
) strict;

create index webhook_delivery_by_webhook on webhook_delivery (webhook, id);
