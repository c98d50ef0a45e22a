import { z } from 'zod';
import { config } from '../platform/config.ts';
import { channels, clientEvents, schemas, serverEvents } from './domains.ts';
import { dropUnused, tidy } from './tidy.ts';
import { type Channel, eventName } from './types.ts';

/** `join:shipment` → `joinShipment`: keys of the document, which allow neither colons nor spaces. */
const keyOf = (name: string) => name.replaceAll(/[^a-zA-Z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase());
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

const ref = (path: string) => ({ $ref: `#/${path}` });
const schemaRef = (name: string) => ref(`components/schemas/${name}`);
const messageInChannel = (channel: string, message: string) => ref(`channels/${channel}/messages/${message}`);

const payloadOf = (name: string) => `${capital(keyOf(name))}Message`;
const ackOf = (name: string) => `${keyOf(name)}Ack`;
const eventSchemaOf = (name: string) => `${capital(keyOf(name))}Event`;

/** JSON Schemas by name. What clients send is described as they may write it, what they get as it arrives. */
const createSchemas = () => {
  const sent = z.registry<{ id: string }>();
  for (const { name, payload } of clientEvents) sent.add(payload, { id: payloadOf(name) });
  const received = z.registry<{ id: string }>();
  for (const { name, ack } of clientEvents) received.add(ack, { id: capital(ackOf(name)) });
  for (const { schema } of serverEvents) received.add(schema, { id: eventSchemaOf(eventName(schema)) });
  for (const [id, schema] of Object.entries(schemas)) if (!received.has(schema)) received.add(schema, { id });
  const uri = (id: string) => schemaRef(id).$ref;
  const all: Record<string, { $id?: string; $schema?: string }> = {
    ...z.toJSONSchema(sent, { uri, io: 'input', override: tidy }).schemas,
    ...z.toJSONSchema(received, { uri, io: 'output', override: tidy, unrepresentable: 'any' }).schemas,
  };
  for (const schema of Object.values(all)) {
    // References point into this document, not to addresses of their own.
    delete schema.$id;
    delete schema.$schema;
  }
  return all;
};

const DELIVERY = {
  durable: 'Versioned, stored, and sent again after a reconnect.',
  notice: 'Sent once after commit; read the list again after a reconnect.',
  ephemeral: 'Newest wins; dropped first for a slow client.',
  connection: 'About this one connection.',
};

const createMessages = () => {
  const messages: Record<string, object> = {};
  for (const { name, summary } of clientEvents) {
    messages[keyOf(name)] = { name, title: name, summary, payload: schemaRef(payloadOf(name)) };
    messages[ackOf(name)] = {
      name: `${name} (ack)`,
      title: `${name} (ack)`,
      summary: 'The acknowledgement, if the client passes a callback.',
      payload: schemaRef(capital(ackOf(name))),
    };
  }
  for (const { schema, summary, delivery } of serverEvents) {
    const name = eventName(schema);
    messages[keyOf(name)] = {
      name,
      title: name,
      summary,
      description: DELIVERY[delivery],
      'x-delivery': delivery,
      payload: schemaRef(eventSchemaOf(name)),
    };
  }
  return messages;
};

const messagesOf = (channel: string) => [
  ...clientEvents.filter((event) => event.channel === channel).flatMap(({ name }) => [keyOf(name), ackOf(name)]),
  ...serverEvents.filter((event) => event.channels.includes(channel)).map(({ schema }) => keyOf(eventName(schema))),
];

const toChannel = ({ key, namespace, address, title, description, parameters }: Channel) => ({
  address,
  title,
  description,
  'x-namespace': namespace,
  ...(parameters && {
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, { description: text }])),
  }),
  messages: Object.fromEntries(messagesOf(key).map((message) => [message, ref(`components/messages/${message}`)])),
});

/** As the document sees it, the server receives what clients send. */
const createOperations = (tags: (tag: string) => { tags: { name: string }[] }) => ({
  ...Object.fromEntries(
    clientEvents.map(({ name, channel, summary, tag }) => [
      `receive${capital(keyOf(name))}`,
      {
        action: 'receive',
        channel: ref(`channels/${channel}`),
        summary,
        ...tags(tag),
        messages: [messageInChannel(channel, keyOf(name))],
        reply: { channel: ref(`channels/${channel}`), messages: [messageInChannel(channel, ackOf(name))] },
      },
    ]),
  ),
  ...Object.fromEntries(
    serverEvents.flatMap(({ schema, channels: to, summary, tag }) =>
      to.map((channel) => [
        `send${capital(keyOf(eventName(schema)))}To${capital(channel)}`,
        {
          action: 'send',
          channel: ref(`channels/${channel}`),
          summary,
          ...tags(tag),
          messages: [messageInChannel(channel, keyOf(eventName(schema)))],
        },
      ]),
    ),
  ),
});

/** The socket events as AsyncAPI 3.0. */
export const createAsyncApi = () => {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Waybeat',
      version: config.version,
      description:
        'Socket.IO 4. Connect with `auth: { token }`. Every client event takes an acknowledgement callback. Durable events of a stream carry `version`: 1, 2, 3 and so on without a gap; drop those that are not above your own.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host: '{host}',
        pathname: '/socket.io',
        protocol: 'ws',
        description: 'Socket.IO 4 on the host that served this document; wss behind TLS',
        variables: { host: { default: `localhost:${config.PORT}` } },
        security: [ref('components/securitySchemes/token')],
      },
    },
    channels: Object.fromEntries(channels.map((channel) => [channel.key, toChannel(channel)])),
    operations: createOperations((tag) => ({ tags: [{ name: tag }] })),
    components: {
      schemas: createSchemas(),
      messages: createMessages(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token: `auth: { token }` when connecting, or the Authorization header',
        },
      },
    },
  };
  dropUnused(document);
  return document;
};
export type AsyncApi = ReturnType<typeof createAsyncApi>;
