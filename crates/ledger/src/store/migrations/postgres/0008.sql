-- Schema 8. What was answered to writes that came with a key of their caller's own.

create table answer (
    tenancy bigint not null,
    key bytea not null,
    request bytea not null,
    status smallint not null,
    body bytea not null,
    at bigint not null,
    primary key (tenancy, key)
);

create index answer_by_age on answer (at);
