-- Schema 12. Names stand in indexes in the order of their assets, for searches by a part of one: store/search.rs.

create index item_by_asset on item (source, asset, folder, leaf_key, name);
create index registered_asset_by_name
    on registered_asset (tenancy, asset, json_extract(attributes, '$.arc_display_name'));
