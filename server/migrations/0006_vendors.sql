create table vendors (
  id text primary key,
  company_id text not null,
  owner_id text not null,
  name text not null,
  description text,
  category text,
  is_open boolean not null default false,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index vendors_newest on vendors (created_at desc, id desc);
create index vendors_changed on vendors (updated_at, id);
create index vendors_owner on vendors (owner_id);
create index vendors_company on vendors (company_id, created_at desc, id desc);

-- The newest position alone. Written for many vendors at once, so apart from what people edit.
create table vendor_positions (
  vendor_id text primary key references vendors (id) on delete cascade,
  lat double precision not null check (lat between -90 and 90),
  long double precision not null check (long between -180 and 180),
  heading real,
  speed real,
  accuracy real,
  recorded_at timestamptz(3) not null,
  -- The node that wrote it, which need not read it again.
  node text not null,
  updated_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);
create index vendor_positions_changed on vendor_positions (updated_at);

-- Where a vendor has been: one row for many points, since a row for each would be 86,400 a day and vendor.
create table vendor_trails (
  id bigint generated always as identity primary key,
  vendor_id text not null references vendors (id) on delete cascade,
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  points jsonb not null
);
create index vendor_trails_day on vendor_trails (vendor_id, from_at, id);
