import { parseArgs } from 'node:util';
import { type ConfirmChannel, connect, type GetMessage } from 'amqplib';
import { brokerAddress, DEAD, declare, EXCHANGE, HEADER } from '../server/integrations/rabbitmq/names.ts';
import { config } from '../server/platform/config.ts';

/**
 * `npm run dead -- list | show <n> | replay <n> | replay --all [--body '<json>']`: messages of other services that could
 * not be used. They are numbered in the order in which they died. A replayed one goes to the exchange again as it was,
 * or with a mended body, and leaves the dead letters once the broker has it.
 */

const USAGE = "npm run dead -- list | show <n> | replay <n> [--body '<json>'] | replay --all\n";

const header = ({ properties }: GetMessage, name: string) => String(properties.headers?.[name] ?? '');

const line = (message: GetMessage, n: number) =>
  `${n}\t${header(message, HEADER.at)}\t${header(message, HEADER.routingKey)}\t${header(message, HEADER.reason)}`;

const show = (message: GetMessage): string =>
  [
    `routing key  ${header(message, HEADER.routingKey)}`,
    `reason       ${header(message, HEADER.reason)}`,
    `tries        ${header(message, HEADER.tries)}`,
    `message id   ${message.properties.messageId ?? 'none'}`,
    '',
    message.content.toString('utf8'),
  ].join('\n');

/** Takes all without acknowledging: what is not dealt with goes back when the channel closes, in its old place. */
const takeAll = async (channel: ConfirmChannel): Promise<GetMessage[]> => {
  const messages: GetMessage[] = [];
  for (;;) {
    const message = await channel.get(DEAD);
    if (!message) return messages;
    messages.push(message);
  }
};

const replay = async (channel: ConfirmChannel, message: GetMessage, body: string | undefined): Promise<void> => {
  const ours = new Set<string>(Object.values(HEADER));
  const headers = Object.fromEntries(
    Object.entries(message.properties.headers ?? {}).filter(([name]) => !ours.has(name)),
  );
  await new Promise<void>((resolve, reject) => {
    channel.publish(
      EXCHANGE,
      header(message, HEADER.routingKey),
      body === undefined ? message.content : Buffer.from(body),
      { ...message.properties, headers, persistent: true },
      (error) => (error ? reject(error) : resolve()),
    );
  });
  channel.ack(message);
};

const run = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, body: { type: 'string' } },
  });
  const [command, number] = positionals;
  const chosen = Number(number);
  const single = (command === 'show' || command === 'replay') && Number.isInteger(chosen) && chosen > 0;
  if (!(command === 'list' || single || (command === 'replay' && values.all))) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (values.body !== undefined) JSON.parse(values.body);
  if (!config.RABBITMQ_URL) {
    process.stderr.write('Set RABBITMQ_URL, such as amqp://user:password@localhost:5672\n');
    return 2;
  }
  const broker = await connect(brokerAddress(config.RABBITMQ_URL));
  try {
    const channel = await broker.createConfirmChannel();
    await declare(channel);
    const messages = await takeAll(channel);
    const print = (text: string) => process.stdout.write(`${text}\n`);
    if (command === 'list') {
      for (const [n, message] of messages.entries()) print(line(message, n + 1));
      print(`${messages.length} dead letters in ${DEAD}`);
      return 0;
    }
    const found = values.all ? messages : messages.slice(chosen - 1, chosen);
    if (found.length === 0 && !values.all) {
      process.stderr.write(`There is no ${chosen}; there are ${messages.length}\n`);
      return 1;
    }
    if (command === 'show') {
      print(show(found[0]!));
      return 0;
    }
    for (const message of found) await replay(channel, message, values.body);
    print(`sent again: ${found.length}`);
    // Acknowledgements travel with the closing of the channel, in order.
    await channel.close();
    return 0;
  } finally {
    await broker.close();
  }
};

process.exitCode = await run();
