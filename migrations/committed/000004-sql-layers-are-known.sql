--! Previous: sha1:507e1fbf4203d75d8fe4d168e743ff85f7107ec2
--! Hash: sha1:965a74405d87e76dad16881704862b9c2fb9d3ef
--! Message: sql layers are known

-- A new table and nothing else; safe while servers of the release before run.
-- Every load of sql/ leaves its mark, so that a server can tell whether the behaviour it was built with has arrived.

set local lock_timeout = '2s';
set local statement_timeout = '60s';

create table app.sql_layers (
  layer text not null,
  first_loaded_at timestamptz not null default clock_timestamp(),
  loaded_at timestamptz not null default clock_timestamp(),
  constraint sql_layers_have_one_row_each primary key (layer),
  constraint sql_layer_is_12_hex_digits check (layer ~ '^[0-9a-f]{12}$')
);

comment on table app.sql_layers is 'One row per state of sql/ that was ever loaded here. The newest is what runs.';
comment on column app.sql_layers.layer is 'The first 12 hex digits of the SHA-256 of all its files.';
comment on column app.sql_layers.first_loaded_at is 'When it was new here. One that is older than what runs is a step back.';
comment on column app.sql_layers.loaded_at is 'When it last took the place of another.';
