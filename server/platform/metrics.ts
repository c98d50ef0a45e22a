import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics. Labels have few values: a type, a namespace, an outcome; never an id. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });
const registers = [registry];

export const connections = new Gauge({
  name: 'waybeat_connections',
  help: 'Open connections of this node',
  labelNames: ['namespace', 'transport'],
  registers,
});
export const subscriptions = new Gauge({
  name: 'waybeat_subscriptions',
  help: 'Streams that connections of this node are subscribed to',
  registers,
});
export const eventsPublished = new Counter({
  name: 'waybeat_events_published_total',
  help: 'Events committed by this node',
  labelNames: ['type'],
  registers,
});
export const eventsDelivered = new Counter({
  name: 'waybeat_events_delivered_total',
  help: 'Copies of events handed to connections of this node',
  labelNames: ['type'],
  registers,
});
export const deliverySeconds = new Histogram({
  name: 'waybeat_publish_to_socket_seconds',
  help: 'From the time of an event until it was handed to the sockets of this node',
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
  registers,
});
export const databaseWriteSeconds = new Histogram({
  name: 'waybeat_database_write_seconds',
  help: 'Duration of a transaction, from begin to commit',
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  registers,
});
export const historyReplays = new Counter({
  name: 'waybeat_history_replays_total',
  help: 'Streams answered to a subscriber, by what it got',
  labelNames: ['kind'],
  registers,
});
export const ephemeralDropped = new Counter({
  name: 'waybeat_ephemeral_dropped_total',
  help: 'Ephemeral events not sent to slow connections',
  registers,
});
export const hintsDropped = new Counter({
  name: 'waybeat_hints_dropped_total',
  help: 'What other nodes were not told directly: ephemeral events are lost to them, committed ones come from the database',
  labelNames: ['kind'],
  registers,
});
export const eventsPutOff = new Counter({
  name: 'waybeat_events_put_off_total',
  help: 'Events not kept in memory while earlier ones of their stream were fetched; they are read from the database again',
  registers,
});
export const slowClientsDisconnected = new Counter({
  name: 'waybeat_slow_clients_disconnected_total',
  help: 'Connections closed because they did not read',
  registers,
});
export const rateLimitedMessages = new Counter({
  name: 'waybeat_rate_limited_total',
  help: 'Requests and messages refused by a limit',
  labelNames: ['limit'],
  registers,
});
export const handshakes = new Counter({
  name: 'waybeat_handshakes_total',
  help: 'Handshakes by outcome',
  labelNames: ['outcome'],
  registers,
});
export const outboxLagSeconds = new Gauge({
  name: 'waybeat_outbox_lag_seconds',
  help: 'Age of the newest committed event when the tail of the events table last read it',
  registers,
});
export const messagesTaken = new Counter({
  name: 'waybeat_rabbitmq_messages_total',
  help: 'Messages of other services by what became of them: handled, repeated, retried or dead',
  labelNames: ['outcome'],
  registers,
});
export const webhookAttempts = new Counter({
  name: 'waybeat_webhook_attempts_total',
  help: 'Attempts to deliver an event to a webhook, by outcome',
  labelNames: ['outcome'],
  registers,
});
export const webhookWaiting = new Gauge({
  name: 'waybeat_webhook_waiting',
  help: 'Events that wait to be delivered to webhooks, of all nodes',
  registers,
});
export const webhookDropped = new Counter({
  name: 'waybeat_webhook_dropped_total',
  help: 'Events dropped by this node because too many waited for a webhook; GET /api/webhooks tells of which',
  registers,
});
export const mirrorLagSeconds = new Gauge({
  name: 'waybeat_mirror_lag_seconds',
  help: 'Age of the oldest event that a mirror has not taken, when the node that serves it last looked',
  labelNames: ['mirror'],
  registers,
});
export const mirrorDropped = new Counter({
  name: 'waybeat_mirror_dropped_total',
  help: 'Events that a mirror did not get: too large, refused for what they are, too old, or positions while it was away',
  labelNames: ['mirror', 'reason'],
  registers,
});
export const grpcCalls = new Counter({
  name: 'waybeat_grpc_calls_total',
  help: 'gRPC calls by method and outcome; those to other services begin with "to"',
  labelNames: ['method', 'outcome'],
  registers,
});
