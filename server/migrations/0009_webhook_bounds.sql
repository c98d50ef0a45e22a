-- What was dropped since the webhook was last switched on, because too much waited.
alter table webhooks add column dropped bigint not null default 0;
