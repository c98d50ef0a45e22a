-- Orders, stock, transfers, notifications, webhooks, and what other services told.

-- The next order number of each company.
create table order_numbers (
  company_id text primary key,
  last bigint not null
);

create table orders (
  id text primary key,
  company_id text not null,
  order_number text not null,
  shop_id text not null,
  customer_id text not null,
  status text not null default 'pending',
  payment_status text not null default 'pending',
  items jsonb not null default '[]',
  total_amount bigint not null default 0 check (total_amount >= 0),
  currency text not null,
  -- When the state was reached where it was reached: an older word never overrides a newer one. The order breaks ties.
  status_at timestamptz not null,
  status_order text not null default '',
  payment_at timestamptz,
  payment_order text not null default '',
  details_at timestamptz not null,
  details_order text not null default '',
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index orders_newest on orders (company_id, created_at desc, id desc);
create index orders_changed on orders (company_id, updated_at, id);
create index orders_customer on orders (customer_id, created_at desc, id desc);
create index orders_shop on orders (company_id, shop_id, created_at desc, id desc);

create table order_history (
  id bigint generated always as identity primary key,
  order_id text not null references orders (id) on delete cascade,
  version bigint not null,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  kind text not null,
  from_status text,
  status text not null
);
create index order_history_order on order_history (order_id, id);

-- Payments that were told before their order was; they count as soon as it is.
create table waiting_payments (
  order_id text primary key,
  company_id text,
  status text not null,
  at timestamptz not null,
  tie text not null
);

create table stock (
  company_id text not null,
  product_id text not null,
  shop_id text not null,
  product_name text not null,
  quantity bigint not null check (quantity >= 0),
  threshold bigint not null default 0 check (threshold >= 0),
  state_at timestamptz not null,
  state_order text not null default '',
  updated_at timestamptz(3) not null default clock_timestamp(),
  primary key (company_id, product_id, shop_id)
);
create index stock_shop on stock (company_id, shop_id, product_id);
create index stock_changed on stock (company_id, updated_at, product_id, shop_id);

create table stock_history (
  id bigint generated always as identity primary key,
  company_id text not null,
  product_id text not null,
  shop_id text not null,
  version bigint not null,
  at timestamptz not null default clock_timestamp(),
  by text not null,
  before bigint not null,
  quantity bigint not null,
  threshold bigint not null,
  reason text not null
);
create index stock_history_product on stock_history (company_id, product_id, id desc);

create table transfers (
  id text primary key,
  company_id text not null,
  product_id text not null,
  from_shop_id text not null,
  to_shop_id text not null,
  quantity bigint not null check (quantity > 0),
  status text not null default 'pending',
  created_by text not null,
  version int not null default 1,
  state_at timestamptz not null default clock_timestamp(),
  state_order text not null default '',
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index transfers_newest on transfers (company_id, created_at desc, id desc);
create index transfers_changed on transfers (company_id, updated_at, id);

-- One message to many people; `notification_targets` are those who have not got it yet.
create table notification_messages (
  id text primary key,
  event text not null,
  kind text not null,
  priority text not null,
  subject text not null,
  content text not null,
  metadata jsonb not null default '{}',
  company_id text,
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
create table notification_targets (
  message_id text not null references notification_messages (id) on delete cascade,
  user_id text not null,
  primary key (message_id, user_id)
);
create table notifications (
  user_id text not null,
  message_id text not null references notification_messages (id) on delete cascade,
  created_at timestamptz(3) not null default clock_timestamp(),
  read_at timestamptz(3),
  updated_at timestamptz(3) not null default clock_timestamp(),
  primary key (user_id, message_id)
);
create index notifications_newest on notifications (user_id, created_at desc, message_id desc);
create index notifications_unread on notifications (user_id, created_at desc, message_id desc) where read_at is null;
-- Its row lock makes the counts of one person's events come in order.
create table unread_counts (
  user_id text primary key,
  unread int not null
);

create table announcements (
  id text primary key,
  -- null: for everybody
  company_id text,
  subject text not null,
  content text not null,
  priority text not null,
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
create index announcements_newest on announcements (created_at desc, id desc);

-- Who is connected through which process.
create table online (
  node_id text not null references nodes (id) on delete cascade,
  user_id text not null,
  primary key (node_id, user_id)
);
create index online_user on online (user_id);

-- Messages of other services that took effect, so that each does so once.
create table messages_handled (
  key text primary key,
  at timestamptz not null default clock_timestamp()
);
create index messages_handled_age on messages_handled (at);
-- Those that failed, and how often.
create table message_failures (
  key text primary key,
  tries int not null,
  at timestamptz not null default clock_timestamp()
);

create table webhooks (
  id text primary key,
  company_id text not null,
  url text not null,
  secret text not null,
  events text[] not null default '{}',
  status text not null default 'active',
  off_reason text,
  failing_since timestamptz,
  version int not null default 1,
  created_by text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);
create index webhooks_company on webhooks (company_id, created_at desc, id desc);

-- How far the events table has been looked through for webhooks: one row.
create table webhook_position (
  single boolean primary key default true check (single),
  xid xid8 not null,
  id bigint not null
);
insert into webhook_position (xid, id) values (pg_current_xact_id(), 0);

create table webhook_deliveries (
  id bigint generated always as identity primary key,
  webhook_id text not null references webhooks (id) on delete cascade,
  stream text not null,
  version bigint not null,
  event text not null,
  body jsonb not null,
  status text not null default 'pending',
  attempts int not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  leased_until timestamptz,
  last_status int,
  last_error text,
  delivered_at timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp()
);
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, id desc);
create index webhook_deliveries_pending on webhook_deliveries (webhook_id, stream, id) where status = 'pending';
create index webhook_deliveries_age on webhook_deliveries (created_at) where status <> 'pending';

-- The newest word about what is only passed on, so that an older one is not passed on after it.
create table message_heads (
  thing text primary key,
  at timestamptz not null,
  tie text not null
);
