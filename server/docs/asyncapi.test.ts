import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contractEvents } from '../testing/contractEvents.ts';
import { resolveReferences } from '../testing/references.ts';
import { createAsyncApi } from './asyncapi.ts';
import { channels, clientEvents, serverEvents } from './domains.ts';
import { eventName } from './types.ts';

process.env.LOG_LEVEL = 'silent';

type Reference = { $ref: string };
type Operation = {
  action: string;
  channel: Reference;
  messages: Reference[];
  reply?: { channel: Reference; messages: Reference[] };
};
const document = createAsyncApi();
const operations = Object.entries(document.operations as Record<string, Operation>);
const messages = document.components.messages as Record<string, { name: string; payload: Reference }>;
const schemas = document.components.schemas as Record<
  string,
  { properties?: Record<string, { const?: unknown }>; required?: string[] }
>;
const lastOf = ({ $ref }: Reference) => $ref.slice($ref.lastIndexOf('/') + 1);
const namesOf = (action: string) =>
  new Set(
    operations
      .filter(([, operation]) => operation.action === action)
      .flatMap(([, operation]) => operation.messages.map((message) => messages[lastOf(message)]!.name)),
  );

describe('/asyncapi.json', () => {
  it('is an AsyncAPI 3 document whose references all lead somewhere', () => {
    assert.equal(document.asyncapi, '3.0.0');
    assert.ok(document.info.title && document.info.version);
    assert.ok(resolveReferences(document) > 100);
  });

  it('sends every event that the contract exports, and no other', async () => {
    assert.deepEqual([...namesOf('send')].sort(), [...(await contractEvents()).keys()].sort());
  });

  it('uses the very schemas of the contract', async () => {
    const events = await contractEvents();
    for (const { schema } of serverEvents) assert.equal(schema, events.get(eventName(schema)));
  });

  it('receives every event that the server takes, and no other, in the right namespace', async () => {
    await import('../index.ts');
    const { clientEventNames, clientEventSchema } = await import('../websocket/clientEvents.ts');
    const taken = clientEventNames().flatMap(({ namespace, events }) => events.map((event) => `${namespace} ${event}`));
    const namespaceOf = new Map(channels.map(({ key, namespace }) => [key, namespace]));
    const described = clientEvents.map(({ name, channel }) => `${namespaceOf.get(channel)} ${name}`);
    assert.deepEqual(described.sort(), taken.sort());
    for (const { name, channel, payload } of clientEvents) {
      const schema = clientEventSchema(namespaceOf.get(channel)!, name);
      // Only `ping` takes anything at all, and has no schema of the contract.
      if (name !== 'ping')
        assert.equal(payload, schema, `${name} is described by another schema than it is checked by`);
    }
    assert.deepEqual([...namesOf('receive')].sort(), clientEvents.map(({ name }) => name).sort());
  });

  it('answers every client event with an ack', () => {
    for (const [key, operation] of operations)
      if (operation.action === 'receive') {
        assert.equal(operation.reply?.messages.length, 1, key);
        assert.equal(operation.reply.channel.$ref, operation.channel.$ref, key);
      }
  });

  it('lets operations use only messages of their own channel, as AsyncAPI asks', () => {
    for (const [key, operation] of operations)
      for (const message of [...operation.messages, ...(operation.reply?.messages ?? [])])
        assert.ok(message.$ref.startsWith(`${operation.channel.$ref}/messages/`), key);
  });

  it('has a parameter for each brace of an address', () => {
    for (const [key, { address, ...channel }] of Object.entries(document.channels)) {
      const braces = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(Object.keys(channel.parameters ?? {}), braces, key);
      assert.ok(Object.keys(channel.messages).length > 0, `${key} carries nothing`);
    }
  });

  it('writes each payload as it travels: named by its type, durable ones with a version', () => {
    for (const { schema, delivery } of serverEvents) {
      const name = eventName(schema);
      const message = Object.values(messages).find((one) => one.name === name)!;
      const payload = schemas[lastOf(message.payload)]!;
      assert.equal(payload.properties?.type?.const, name);
      assert.ok(payload.required?.includes('timestamp'));
      // An answer to the one who asked may say where the stream is.
      // An estimate has no version, unless somebody set it by hand: then the same event is durable.
      if (delivery !== 'connection' && name !== 'eta-update')
        assert.equal(payload.required?.includes('version') ?? false, delivery === 'durable', name);
    }
  });
});
