create table parcels (
  awb text primary key,
  company_id text not null,
  status text not null default 'CREATED',
  description text,
  origin jsonb not null,
  destination jsonb not null,
  sender_id text,
  recipient_id text,
  rider_id text,
  eta timestamptz(3),
  eta_source text check (eta_source in ('staff', 'computed')),
  -- Whether this delivery attempt's rider was announced as near; begins anew with each OUT_FOR_DELIVERY.
  approached boolean not null default false,
  status_changed_at timestamptz(3) not null default clock_timestamp(),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index parcels_newest on parcels (company_id, created_at desc, awb desc);
create index parcels_changed on parcels (updated_at, awb);
create index parcels_under_way on parcels (company_id) where status not in ('DELIVERED', 'RETURNED', 'CANCELLED');
create index parcels_rider on parcels (rider_id) where rider_id is not null;
create index parcels_sender on parcels (sender_id) where sender_id is not null;
create index parcels_recipient on parcels (recipient_id) where recipient_id is not null;

create table parcel_timeline (
  id bigint generated always as identity primary key,
  awb text not null references parcels (awb) on delete cascade,
  status text not null,
  description text,
  location jsonb,
  at timestamptz(3) not null,
  by text not null
);
create index parcel_timeline_of on parcel_timeline (awb, id);

-- Where each parcel is believed to be. Written for many at once and often, so apart from what people edit.
create table parcel_positions (
  awb text primary key references parcels (awb) on delete cascade,
  location jsonb not null,
  -- What the filters remember, so that a fix in order needs no look at the trail.
  state jsonb not null
) with (fillfactor = 50);

-- The trail: every fix that was ever accepted, believed or not. The key makes a repeat known as one.
create table parcel_points (
  awb text not null references parcels (awb) on delete cascade,
  key text not null,
  recorded_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  lat double precision not null check (lat between -90 and 90),
  long double precision not null check (long between -180 and 180),
  heading real,
  speed real,
  accuracy real,
  source text not null,
  primary key (awb, key)
);
create index parcel_points_in_order on parcel_points (awb, recorded_at, key);

create table tracking_links (
  id text primary key,
  awb text not null references parcels (awb) on delete cascade,
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
create index tracking_links_of on tracking_links (awb, created_at desc);

create table parcel_proofs (
  id text primary key,
  awb text not null references parcels (awb) on delete cascade,
  file_name text not null,
  mime_type text not null,
  file_size int not null,
  taken_at timestamptz(3) not null,
  by text not null,
  content bytea not null
);
create index parcel_proofs_of on parcel_proofs (awb, taken_at desc, id desc);

-- How far a mirror elsewhere has come in the events table. Who holds the lease brings it further.
create table mirrors (
  name text primary key,
  xid xid8 not null,
  id bigint not null,
  holder text,
  lease_until timestamptz not null default '-infinity'
);
