import { z } from 'zod';
import {
  AckError,
  AuthExpiring,
  AuthRefresh,
  Connected,
  ErrorEvent,
  envelope,
  Heads,
  HeadsAck,
  Pong,
  Resume,
  type ResumeAck,
  ServerDraining,
  Time,
} from '../contract/common.ts';
import { AckFailure, ack, subscribed } from './acks.ts';
import type { Domain } from './types.ts';

/** What every connection hears and may say, in every namespace, and the rooms that belong to people. */

const AnyDurableEvent = envelope('*', {}).extend({ type: z.string(), version: z.int().positive() }).loose();

const ResumedStream = z.union([
  z.object(subscribed(AnyDurableEvent, z.unknown())),
  z.object({ error: AckError }).describe('this stream does not exist, or you may not read it'),
]);

export const connection: Domain = {
  tag: 'Every connection',
  description: 'Connecting, staying connected, and catching up after a break.',
  schemas: { AckError, AckFailure, AnyDurableEvent },
  routes: [],
  channels: [
    {
      key: 'connection',
      namespace: '*',
      address: '{namespace}',
      title: 'Every connection',
      description: 'Any namespace. These events are the same in all of them.',
      parameters: { namespace: 'The Socket.IO namespace, such as /' },
    },
    {
      key: 'main',
      namespace: '/',
      address: '/',
      title: 'The main namespace',
      description: 'Where clients ask to join shipments.',
    },
    {
      key: 'user',
      namespace: '/',
      address: 'user:{userId}',
      title: 'One user',
      description: 'All connections of one user. Joined on connecting.',
      parameters: { userId: 'The id of the signed-in user' },
    },
    {
      key: 'company',
      namespace: '/',
      address: 'company:{companyId}',
      title: 'One company',
      description:
        'The staff, inspectors and agents of one company, each hearing only of what they may read, and every super_admin. Joined on connecting.',
      parameters: { companyId: 'The company of the signed-in user' },
    },
  ],
  clientEvents: [
    {
      name: 'resume',
      channel: 'connection',
      summary: 'Joins many streams again in one message, each from the last version seen.',
      payload: Resume,
      ack: ack({ streams: z.record(z.string(), ResumedStream) }) satisfies z.ZodType<ResumeAck>,
    },
    {
      name: 'heads:ack',
      channel: 'connection',
      summary:
        'Which versions the client has of the streams that heads named. Nobody has to send it; it lets those who run the server see what arrived.',
      payload: HeadsAck,
      ack: ack({}),
    },
    {
      name: 'ping',
      channel: 'connection',
      summary: 'Asks for a sign of life; the answer also comes as the event pong.',
      payload: z.unknown(),
      ack: ack({ timestamp: Time }),
    },
    {
      name: 'auth:refresh',
      channel: 'connection',
      summary: 'Extends the connection with a newer token of the same user.',
      payload: AuthRefresh,
      ack: ack({ expiresAt: Time }),
    },
  ],
  serverEvents: [
    {
      schema: Connected,
      delivery: 'connection',
      channels: ['connection'],
      summary: 'The first event of a connection: who it is and which rooms it is in.',
    },
    {
      schema: Heads,
      delivery: 'connection',
      channels: ['connection'],
      summary:
        'Once an interval: versions of those of your streams that moved. Empty when none did. Who is behind sends resume.',
    },
    {
      schema: Pong,
      delivery: 'connection',
      channels: ['connection'],
      summary: 'The answer to ping.',
    },
    {
      schema: ErrorEvent,
      delivery: 'connection',
      channels: ['connection'],
      summary: 'A client event failed. The same failure is in its ack.',
    },
    {
      schema: AuthExpiring,
      delivery: 'connection',
      channels: ['connection'],
      summary: 'The token ends in a minute: send auth:refresh, or be disconnected then.',
    },
    {
      schema: ServerDraining,
      delivery: 'connection',
      channels: ['connection'],
      summary: 'This server is about to stop: reconnect after the given time, to another one.',
    },
  ],
};
