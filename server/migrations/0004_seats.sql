-- Departures, tickets, money and the waiting list. Who changes anything of a departure locks its row first.

create table routes (
  id text primary key,
  company_id text not null,
  origin text not null,
  destination text not null,
  departs_at timestamptz(3) not null,
  seat_numbers text[] not null,
  price_amount bigint not null check (price_amount >= 0),
  price_currency text not null,
  status text not null default 'scheduled' check (status in ('scheduled', 'cancelled')),
  -- Which trip of which feed it came from, so that the next import finds it again.
  source_key text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
) with (fillfactor = 80);
create index routes_departures on routes (departs_at, id);
create index routes_company on routes (company_id, departs_at, id);
create unique index routes_source on routes (company_id, source_key) where source_key is not null;

create table tickets (
  id text primary key,
  route_id text not null references routes (id),
  seat_number text not null,
  passenger_name text not null,
  user_id text not null,
  status text not null check (status in ('reserved', 'confirmed', 'suspended', 'cancelled')),
  price_amount bigint not null,
  price_currency text not null,
  expires_at timestamptz(3),
  extended boolean not null default false,
  suspended_from text check (suspended_from in ('reserved', 'confirmed')),
  -- Seconds of the hold that were left when it was suspended.
  hold_left double precision,
  offer text check (offer in ('late_payment', 'waiting_list')),
  -- Whether its hold ended unpaid: money that comes later may still get a seat.
  expired boolean not null default false,
  reason text,
  code text not null unique,
  version int not null default 1,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  check ((status = 'reserved') = (expires_at is not null)),
  check ((status = 'suspended') = (suspended_from is not null))
);
-- The judge of every race for a seat.
create unique index tickets_one_per_seat on tickets (route_id, seat_number) where status <> 'cancelled';
create index tickets_due on tickets (expires_at) where status = 'reserved';
create index tickets_user on tickets (user_id, created_at desc, id desc);
create index tickets_route on tickets (route_id, created_at desc, id desc);

create table ticket_history (
  id bigint generated always as identity primary key,
  ticket_id text not null references tickets (id),
  at timestamptz(3) not null default clock_timestamp(),
  kind text not null,
  by text,
  seat_number text not null,
  note text
);
create index ticket_history_lines on ticket_history (ticket_id, id);

-- No foreign key: money may arrive for a ticket that nobody here knows, and must not be dropped.
create table payments (
  id text primary key,
  ticket_id text not null,
  status text not null check (status in ('pending', 'succeeded', 'failed', 'refunded')),
  amount bigint not null,
  currency text not null,
  method text not null,
  reference text,
  by text,
  reason text,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index payments_ticket on payments (ticket_id, created_at);
-- What one charge of the gateway paid is counted once, whatever the events about it are called.
create unique index payments_reference on payments (ticket_id, reference, amount, currency) where reference is not null;
-- A ticket is paid once; further money is given back.
create unique index payments_one_per_ticket on payments (ticket_id) where status = 'succeeded';

create table gateway_events (
  id text primary key,
  type text not null,
  ticket_id text not null,
  amount bigint not null,
  currency text not null,
  reference text not null,
  received_at timestamptz(3) not null default clock_timestamp(),
  settled_at timestamptz(3)
);
create index gateway_events_unsettled on gateway_events (received_at) where settled_at is null;

create table seat_waiting (
  id text primary key,
  place bigint generated always as identity,
  route_id text not null references routes (id),
  user_id text not null,
  passenger_name text not null,
  status text not null default 'waiting' check (status in ('waiting', 'offered', 'taken', 'gone')),
  ticket_id text references tickets (id),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create unique index seat_waiting_once on seat_waiting (route_id, user_id) where status in ('waiting', 'offered');
create index seat_waiting_line on seat_waiting (route_id, place) where status = 'waiting';
create index seat_waiting_ticket on seat_waiting (ticket_id);
