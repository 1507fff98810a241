-- Schema 11. What is rare among very many is found by an index, and events are counted as they come.

create index asset_withdrawn on asset (tenancy, id) where status = 0;
create index event_withdrawing on event (id) where kind = 2;

alter table tenancy add column events bigint not null default 0;

update tenancy set events = counted.events
from (
    select asset.tenancy, count(*) as events
    from event join asset on asset.id = event.asset
    group by asset.tenancy
) as counted
where counted.tenancy = tenancy.id;
