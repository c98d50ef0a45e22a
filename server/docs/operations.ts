import { z } from 'zod';
import { Time } from '../contract/common.ts';
import { TRACE_OUTCOMES, Trace, TraceQuery } from '../contract/operations.ts';
import type { Domain } from './types.ts';

const State = z.enum(['up', 'down', 'off']).describe('`off`: not configured');

const Health = z.object({
  status: z.enum(['OK', 'UNAVAILABLE']),
  ready: z.boolean(),
  service: z.literal('waybeat'),
  version: z.string(),
  timestamp: Time,
  uptime: z.int().describe('seconds'),
  checks: z.object({ database: State, redis: State, rabbitmq: State, pusher: State, grpc: State }),
});

const Alive = z.object({ status: z.literal('OK'), timestamp: Time });

const SocketStatus = z.object({
  connections: z.int(),
  max: z.int(),
  byNamespace: z.record(z.string(), z.int()),
  byTransport: z.record(z.string(), z.int()),
  rooms: z.int(),
  subscriptions: z.int(),
  eventsPerMinute: z.int(),
  averageConnectionSeconds: z.int(),
  heartbeat: z.object({ interval: z.int().describe('ms'), timeout: z.int().describe('ms') }),
});

const Json = z.looseObject({});

export const operations: Domain = {
  tag: 'Operations',
  description: 'What the engineer who runs the server asks.',
  schemas: { Health, SocketStatus, Trace },
  routes: [
    {
      method: 'get',
      path: '/health',
      id: 'health',
      summary: 'Whether this server should get traffic',
      access: 'none',
      answers: {
        200: { description: 'Ready', body: Health },
        503: { description: 'The database is down, or the server is draining', body: Health },
      },
    },
    {
      method: 'get',
      path: '/health/live',
      id: 'alive',
      summary: 'Whether the process answers at all',
      access: 'none',
      answers: { 200: { description: 'It does', body: Alive } },
    },
    {
      method: 'get',
      path: '/metrics',
      id: 'metrics',
      summary: 'Figures for Prometheus',
      description: 'Open on the machine itself; from elsewhere send METRICS_TOKEN as the bearer token.',
      access: 'metrics',
      answers: { 200: { description: 'Prometheus text', body: { 'text/plain': z.string() } } },
      codes: ['UNAUTHENTICATED', 'FORBIDDEN'],
    },
    {
      method: 'get',
      path: '/ws/status',
      id: 'socketStatus',
      summary: 'Connections, rooms and subscriptions of this process',
      description: 'For admin and super_admin.',
      answers: { 200: { description: 'The figures now', body: SocketStatus } },
      codes: ['FORBIDDEN'],
    },
    {
      method: 'get',
      path: '/api/admin/trace',
      id: 'trace',
      summary: 'Why somebody did not see something',
      description: [
        "Follows the last events of a stream to one person: committed, brought to each node's sockets, handed to their connections, acknowledged by their client, or where they went no further.",
        'For super_admin, and for admins about streams and people of their own company. Nodes remember their last TRACE_ENTRIES deliveries, joins and lost connections. The outcomes:',
        ...Object.entries(TRACE_OUTCOMES).map(([name, meaning]) => `- \`${name}\`: ${meaning}`),
      ].join('\n'),
      query: TraceQuery,
      answers: { 200: { description: 'How far each event came', body: Trace } },
      codes: ['FORBIDDEN', 'NOT_FOUND'],
    },
    {
      method: 'get',
      path: '/openapi.json',
      id: 'openApi',
      summary: 'The HTTP interface as OpenAPI 3.1: this document',
      access: 'none',
      answers: { 200: { description: 'The document', body: Json } },
    },
    {
      method: 'get',
      path: '/asyncapi.json',
      id: 'asyncApi',
      summary: 'The socket events as AsyncAPI 3.0',
      access: 'none',
      answers: { 200: { description: 'The document', body: Json } },
    },
    {
      method: 'get',
      path: '/docs',
      id: 'docs',
      summary: 'A page that shows both documents',
      access: 'none',
      answers: { 200: { description: 'The page', body: { 'text/html': z.string() } } },
    },
  ],
  channels: [],
  clientEvents: [],
  serverEvents: [],
};
