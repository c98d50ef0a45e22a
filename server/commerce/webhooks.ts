import { createHmac, randomUUID } from 'node:crypto';
import { config } from '../platform/config.ts';
import { afterCommit, query, transaction } from '../platform/database.ts';
import { log } from '../platform/log.ts';
import { webhookAttempts, webhookDropped, webhookWaiting } from '../platform/metrics.ts';
import { COLUMNS, type Committed, toDurable } from '../websocket/committed.ts';
import { publishNotice } from '../websocket/publish.ts';
import { companyAudience, registerTopic } from '../websocket/rooms.ts';
import { sendNotification } from './notifications.ts';
import { post } from './webhookAddress.ts';

/**
 * Durable events to the webhooks that a company registered: signed, at least once, in order for each stream. What
 * commits is written down for each webhook first, by one node at a time; then whoever is free delivers it.
 */

const TOPIC = 'webhooks';
registerTopic(TOPIC, ['super_admin', 'admin']);

/** A page of what committed; more follow at once. */
const PAGE = 500;

/** The company that an event belongs to, from the rooms that hear it. Notifications are people's own: of none. */
const companyIn = (rooms: string[]): string | undefined =>
  rooms
    .find((room) => room.startsWith('company:'))
    ?.slice('company:'.length)
    .split('/')[0];

const wants = (events: string[], type: string) =>
  events.length === 0 || events.some((one) => type === one || (/[:_.]$/.test(one) && type.startsWith(one)));

/** Writes down what committed since the last look, for each webhook that wants it. Answers how many events it saw. */
const collect = (): Promise<number> =>
  transaction(async () => {
    const [position] = await query<{ xid: string; id: number }>(
      'select xid::text as xid, id from webhook_position for update skip locked',
    );
    if (!position) return 0;
    const events = await query<Committed>(
      `select ${COLUMNS} from events
       where (xid, id) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
       order by events.xid, events.id limit $3`,
      [position.xid, position.id, PAGE],
    );
    const last = events.at(-1);
    if (!last) return 0;
    const hooks = await query<{ id: string; company_id: string; events: string[] }>(
      "select id, company_id, events from webhooks where status = 'active' or off_reason <> 'switched off by hand'",
    );
    const rows = hooks.length
      ? events.flatMap((event) => {
          const companyId = event.stream === null ? undefined : companyIn(event.rooms);
          return hooks
            .filter((hook) => hook.company_id === companyId && wants(hook.events, event.type))
            .map((hook) => ({
              webhook_id: hook.id,
              stream: event.stream,
              version: event.version,
              event: event.type,
              body: { stream: event.stream, companyId, ...toDurable(event) },
            }));
        })
      : [];
    if (rows.length > 0)
      await query(
        `insert into webhook_deliveries (webhook_id, stream, version, event, body)
         select t.webhook_id, t.stream, t.version, t.event, t.body
         from jsonb_to_recordset($1) as t(webhook_id text, stream text, version bigint, event text, body jsonb)`,
        [JSON.stringify(rows)],
      );
    await query('update webhook_position set xid = $1::text::xid8, id = $2', [last.xid, last.id]);
    return events.length;
  });

type Job = {
  id: number;
  webhook_id: string;
  url: string;
  secret: string;
  event: string;
  body: object;
  attempts: number;
  lease: string;
  /** When this node must take it that another one has it, on this process's own clock. */
  heldUntil: number;
};

/** At once on this node, in all and to one receiver: a slow one takes its own places only. */
const PLACES = 32;
const PLACES_EACH = 4;
/** What a node that died had taken is free again after this; one that lives renews it while a receiver keeps it waiting. */
const LEASE_SECONDS = 8;
const RENEW_MS = 2_000;
const heldFromNow = () => performance.now() + LEASE_SECONDS * 1000;

/** Takes the oldest delivery of each stream that is due, leaving the later ones of the stream to wait for it. */
const take = async (limit: number, busy: string[]): Promise<Job[]> => {
  const [lease, heldUntil] = [randomUUID(), heldFromNow()];
  const rows = await query<Omit<Job, 'lease' | 'heldUntil'>>(
    `with heads as (
       select distinct on (d.webhook_id, d.stream) d.id, d.webhook_id, d.next_attempt_at, d.leased_until
       from webhook_deliveries d join webhooks w on w.id = d.webhook_id and w.status = 'active'
       where d.status = 'pending' order by d.webhook_id, d.stream, d.id
     ), due as (
       select id, row_number() over (partition by webhook_id order by id) as place from heads
       where next_attempt_at <= now() and (leased_until is null or leased_until < now()) and webhook_id <> all($2)
     ), mine as (
       select d.id from webhook_deliveries d join due on due.id = d.id
       where due.place <= $3 and d.status = 'pending' and (d.leased_until is null or d.leased_until < now())
       order by d.id limit $1 for update of d skip locked
     )
     update webhook_deliveries d set lease = $5, leased_until = now() + make_interval(secs => $4)
     from mine, webhooks w where d.id = mine.id and w.id = d.webhook_id
     returning d.id, d.webhook_id, w.url, w.secret, d.event, d.body, d.attempts`,
    [limit, busy, PLACES_EACH, LEASE_SECONDS, lease],
  );
  return rows.map((row) => ({ ...row, lease, heldUntil }));
};

/** Keeps what is still under way. A lease that somebody else has taken over meanwhile stays theirs. */
const renew = async (jobs: Iterable<Job>): Promise<void> => {
  const byId = new Map([...jobs].map((job) => [job.id, job]));
  if (byId.size === 0) return;
  const heldUntil = heldFromNow();
  const kept = await query<{ id: number; lease: string }>(
    `update webhook_deliveries d set leased_until = now() + make_interval(secs => $3)
     from unnest($1::bigint[], $2::uuid[]) as mine(id, lease)
     where d.id = mine.id and d.lease = mine.lease returning d.id, d.lease`,
    [[...byId.keys()], [...byId.values()].map(({ lease }) => lease), LEASE_SECONDS],
  );
  for (const { id, lease } of kept) {
    const job = byId.get(id);
    if (job?.lease === lease) job.heldUntil = heldUntil;
  }
};

/** `t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`: the time is signed, so that a recording cannot be played later. */
export const sign = (secret: string, body: string, seconds: number): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

const LONGEST_PAUSE_S = 3600;
const pauseAfter = (attempts: number) =>
  Math.min(LONGEST_PAUSE_S, 2 ** Math.min(attempts, 12)) * (0.75 + Math.random() / 2);

const tellAdmins = (webhookId: string, companyId: string, subject: string, content: string) =>
  sendNotification(
    {
      event: 'notification:broadcast',
      kind: 'warning',
      priority: 'high',
      subject,
      content,
      metadata: { webhookId },
      companyId,
      createdBy: 'Waybeat',
    },
    { role: 'admin', companyId },
  );

/** Drops the oldest of what is too much for one webhook, counts it, and tells the company's admins at the first time. */
const dropExcessOf = (webhookId: string): Promise<void> =>
  transaction(async () => {
    // One node at a time, and by what waits then: nobody drops for the same excess twice.
    await query('select 1 from webhooks where id = $1 for update', [webhookId]);
    const gone = await query(
      `delete from webhook_deliveries where id in (
         select id from webhook_deliveries
         where webhook_id = $1 and status = 'pending' and (leased_until is null or leased_until < now()) order by id
         limit (select greatest(0, count(*) - $2) from webhook_deliveries where webhook_id = $1 and status = 'pending')
         for update skip locked
       ) returning 1`,
      [webhookId, config.WEBHOOK_MAX_WAITING],
    );
    if (gone.length === 0) return;
    const [hook] = await query<{ company_id: string; url: string; dropped: number }>(
      `update webhooks set dropped = dropped + $2, version = version + 1, updated_at = clock_timestamp()
       where id = $1 returning company_id, url, dropped`,
      [webhookId, gone.length],
    );
    afterCommit(() => webhookDropped.inc(gone.length));
    const content = `More than ${config.WEBHOOK_MAX_WAITING} events wait for ${hook!.url}: the oldest are dropped. Versions show its receiver what is missing.`;
    if (hook!.dropped === gone.length) await tellAdmins(webhookId, hook!.company_id, 'A webhook loses events', content);
  });

/** A receiver that is away for long must not fill the database. */
const dropExcess = async (): Promise<void> => {
  const waiting = await query<{ webhook_id: string; count: number }>(
    "select webhook_id, count(*) as count from webhook_deliveries where status = 'pending' group by webhook_id",
  );
  webhookWaiting.set(waiting.reduce((sum, { count }) => sum + count, 0));
  for (const { webhook_id, count } of waiting) if (count > config.WEBHOOK_MAX_WAITING) await dropExcessOf(webhook_id);
};

/** Switches a webhook off that has failed for so long, and tells the company's admins. */
const switchOffIfHopeless = (job: Job, reason: string): Promise<void> =>
  transaction(async () => {
    const [off] = await query<{ company_id: string; url: string; off_reason: string }>(
      `update webhooks set status = 'off', version = version + 1, updated_at = clock_timestamp(),
         off_reason = 'failed for ' || $2 || ' hours: ' || $3
       where id = $1 and status = 'active' and failing_since < now() - make_interval(hours => $2)
       returning company_id, url, off_reason`,
      [job.webhook_id, config.WEBHOOK_OFF_AFTER_HOURS, reason],
    );
    if (!off) return;
    await publishNotice({
      rooms: companyAudience(off.company_id, TOPIC),
      type: 'webhook:disabled',
      payload: { webhookId: job.webhook_id, url: off.url, reason: off.off_reason },
    });
    const content = `${off.url} ${off.off_reason}. What it missed is kept; switch it on again to have it delivered.`;
    await tellAdmins(job.webhook_id, off.company_id, 'A webhook was switched off', content);
  });

/** Notes what became of a delivery, unless it is somebody else's by now: then that is theirs to say. */
const note = async (job: Job, status: number | null, error: string | null): Promise<boolean> => {
  const noted = await query(
    `with done as (
       update webhook_deliveries set status = case when $3::text is null then 'delivered' else 'pending' end,
         attempts = attempts + 1, last_status = $2, last_error = $3, lease = null, leased_until = null,
         delivered_at = case when $3::text is null then clock_timestamp() end,
         next_attempt_at = clock_timestamp() + make_interval(secs => $4)
       where id = $1 and lease = $5 returning webhook_id
     ), hook as (
       update webhooks set failing_since = case when $3::text is null then null else coalesce(failing_since, now()) end
       from done where webhooks.id = done.webhook_id and (($3::text is null) = (failing_since is not null))
     )
     select 1 from done`,
    [job.id, status, error, pauseAfter(job.attempts), job.lease],
  );
  return noted.length > 0;
};

const attempt = async (job: Job): Promise<void> => {
  // This process stood still since it took it: what is another node's by now would come out of order.
  if (performance.now() >= job.heldUntil) return;
  const body = JSON.stringify({ id: String(job.id), ...job.body });
  let status: number | null = null;
  let error: string | null = null;
  try {
    const headers = {
      'user-agent': `waybeat/${config.version}`,
      'waybeat-delivery': String(job.id),
      'waybeat-event': job.event,
      'waybeat-signature': sign(job.secret, body, Math.floor(Date.now() / 1000)),
    };
    status = (await post(job.url, body, headers)).status;
    if (status < 200 || status > 299)
      error = status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`;
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  const noted = await note(job, status, error);
  webhookAttempts.inc({ outcome: error === null ? 'delivered' : 'failed' });
  if (noted && error !== null) await switchOffIfHopeless(job, error);
};

const EVERY_MS = 250;
const KEEP = "delete from webhook_deliveries where status = 'delivered' and created_at < now() - interval '30 days'";
const CLEAN_EVERY = 4 * 60 * 10;
const DROP_EVERY = 4 * 5;

/** Delivers until the returned function is called, which lets what is under way finish. */
export const startWebhooks = (): (() => Promise<void>) => {
  let stopped = false;
  let rounds = 0;
  const busy = new Map<string, number>();
  const underWay = new Map<Job, Promise<void>>();

  const begin = (job: Job) => {
    busy.set(job.webhook_id, (busy.get(job.webhook_id) ?? 0) + 1);
    const work = attempt(job)
      .catch((error) => log.warn({ err: error }, 'a webhook delivery could not be noted; it is tried again'))
      .finally(() => {
        underWay.delete(job);
        const left = busy.get(job.webhook_id)! - 1;
        if (left > 0) busy.set(job.webhook_id, left);
        else busy.delete(job.webhook_id);
        void next();
      });
    underWay.set(job, work);
  };

  let taking: Promise<void> | null = null;
  const fill = async () => {
    while (!stopped && underWay.size < PLACES) {
      const full = [...busy].filter(([, count]) => count >= PLACES_EACH).map(([id]) => id);
      const jobs = await take(PLACES - underWay.size, full);
      if (jobs.length === 0) return;
      for (const job of jobs) begin(job);
    }
  };
  const next = () => {
    taking ??= fill()
      .catch((error) => log.warn({ err: error }, 'webhooks wait; trying again'))
      .finally(() => {
        taking = null;
      });
    return taking;
  };

  let round: Promise<void> | null = null;
  const look = async () => {
    rounds += 1;
    if (rounds % CLEAN_EVERY === 0) await query(KEEP);
    if (rounds % DROP_EVERY === 0) await dropExcess();
    while (!stopped && (await collect()) === PAGE);
    await next();
  };
  const timer = setInterval(() => {
    round ??= look()
      .catch((error) => log.warn({ err: error }, 'webhooks wait; trying again'))
      .finally(() => {
        round = null;
      });
  }, EVERY_MS);
  const renewal = setInterval(() => {
    renew(underWay.keys()).catch((error) => log.warn({ err: error }, 'webhook deliveries could not be kept'));
  }, RENEW_MS);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
    await taking;
    await Promise.all(underWay.values());
    clearInterval(renewal);
  };
};
