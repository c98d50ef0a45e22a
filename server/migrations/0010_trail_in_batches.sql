-- Trails in rows of many fixes: what one device told of a parcel in one transaction is one row, where it was one and two
-- index entries for each fix. parcel_points keeps what is in it, and what the version before still writes there.
create table parcel_trail (
  -- Without a reference to parcels: whoever writes here holds that row's lock, and parcels are never deleted.
  awb text not null,
  device text not null,
  source text not null,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  -- Whether a fix in it named a moment ahead of our clock, and is kept under the moment at which it came instead.
  clock_ahead boolean not null,
  received_at timestamptz(3) not null,
  -- Of each fix: [what follows the device in its key, ms since 1970, lat, long, heading, speed, accuracy].
  fixes json not null
);
-- Compressing them costs more than writing them.
alter table parcel_trail alter column fixes set storage external;
create index parcel_trail_in_order on parcel_trail (awb, to_at);

-- Every fix of both. from_at, to_at and clock_ahead are those of its row, to leave rows unopened.
create view parcel_fixes as
  select awb, key, recorded_at, received_at, lat, long, heading, speed, accuracy, source,
    recorded_at as from_at, recorded_at as to_at, false as clock_ahead
  from parcel_points
  union all
  select t.awb, t.device || (f ->> 0), to_timestamp((f ->> 1)::float8 / 1000)::timestamptz(3), t.received_at,
    (f ->> 2)::float8, (f ->> 3)::float8, (f ->> 4)::real, (f ->> 5)::real, (f ->> 6)::real, t.source,
    t.from_at, t.to_at, t.clock_ahead
  from parcel_trail t cross join lateral json_array_elements(t.fixes) f;
