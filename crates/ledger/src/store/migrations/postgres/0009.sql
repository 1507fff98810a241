-- Schema 9. Events that another tenancy recorded, where an access policy lets it.

alter table registered_event add column recorder bigint;
