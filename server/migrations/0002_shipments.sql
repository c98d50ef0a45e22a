create table warehouses (
  id text primary key,
  company_id text not null,
  name text not null,
  total int not null check (total >= 0),
  available int not null check (available >= 0 and available <= total),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, name)
);

-- Milliseconds, as JSON and cursors carry them: a page must neither repeat nor skip a row.
create table shipments (
  id text primary key,
  company_id text not null,
  po_number text not null,
  supplier_id text,
  supplier_name text,
  origin text,
  destination text,
  warehouse_id text references warehouses (id),
  status text not null default 'planned',
  inspection_status text,
  eta timestamptz,
  status_changed_at timestamptz not null default now(),
  changed_by text not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (company_id, po_number)
);
create index shipments_newest on shipments (company_id, created_at desc, id desc);
create index shipments_changed on shipments (company_id, updated_at, id);
create index shipments_supplier on shipments (supplier_id, created_at desc, id desc) where supplier_id is not null;

create table rejections (
  id text primary key,
  shipment_id text not null references shipments (id) on delete cascade,
  reason text not null,
  rejected_by text not null,
  rejected_at timestamptz not null
);

create table inspections (
  shipment_id text primary key references shipments (id) on delete cascade,
  status text not null,
  notes text,
  inspected_by text not null,
  updated_at timestamptz not null default now()
);

create table documents (
  id text primary key,
  shipment_id text not null references shipments (id) on delete cascade,
  file_name text not null,
  document_type text not null,
  mime_type text not null,
  file_size int not null,
  uploaded_by text not null,
  uploaded_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  is_verified boolean not null default false,
  verified_by text,
  verified_at timestamptz
);
create index documents_shipment on documents (shipment_id, uploaded_at desc, id desc);

-- Apart from its description, so that lists never read contents. A dyno's disk is erased; the database is not.
create table document_contents (
  document_id text primary key references documents (id) on delete cascade,
  content bytea not null
);

-- A shipment's own history; unlike events it lives as long as the shipment.
create table shipment_timeline (
  id bigint generated always as identity primary key,
  shipment_id text not null references shipments (id) on delete cascade,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  kind text not null,
  from_status text,
  to_status text,
  note text
);
create index shipment_timeline_newest on shipment_timeline (shipment_id, id desc);
