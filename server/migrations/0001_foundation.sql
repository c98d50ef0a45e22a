-- People, streams and their events. Company ids come from tokens too, so they are no foreign keys.

create table companies (
  id text primary key,
  name text not null,
  created_at timestamptz not null default now()
);

create table users (
  id text primary key,
  username text not null,
  -- null: known only from another issuer's tokens, whose claims then decide role and company
  password_hash text,
  role text not null,
  company_id text,
  shop_ids text[] not null default '{}',
  active boolean not null default true,
  created_at timestamptz not null default now(),
  -- moves with every change of rights; live connections follow it
  changed_at timestamptz not null default now()
);
create unique index users_sign_in on users (lower(username)) where password_hash is not null;
create index users_changed on users (changed_at);
create index users_company on users (company_id);

-- The head of each stream. Its row lock makes one stream's versions commit in order.
create table streams (
  name text primary key,
  version bigint not null
);

-- History and outbox in one. A notice (for lists) has no stream and no version.
create table events (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  stream text,
  version bigint,
  namespace text not null,
  rooms text[] not null,
  type text not null,
  payload jsonb not null,
  at timestamptz not null default clock_timestamp(),
  primary key (id)
);
create unique index events_history on events (stream, version) where stream is not null;
-- Sequence numbers commit out of order; (xid, id) below the oldest running transaction does not.
create index events_tail on events (xid, id);
create index events_age on events (at);

-- Processes that serve this database, and who looks at what through them.
create table nodes (
  id text primary key,
  seen_at timestamptz not null default now()
);
create table viewers (
  node_id text not null references nodes (id) on delete cascade,
  socket_id text not null,
  room text not null,
  user_id text not null,
  username text not null,
  since timestamptz not null,
  primary key (node_id, socket_id, room)
);
create index viewers_room on viewers (room);

create table idempotency_keys (
  user_id text not null,
  key text not null,
  request_hash text not null,
  status int,
  location text,
  body jsonb,
  created_at timestamptz not null default now(),
  primary key (user_id, key)
);
create index idempotency_age on idempotency_keys (created_at);
