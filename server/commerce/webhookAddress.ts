import { lookup as resolve } from 'node:dns';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { config } from '../platform/config.ts';
import { unprocessable } from '../platform/errors.ts';

/**
 * Where webhooks may go. What decides is the address that is really connected to, not the name: a name may answer
 * another address each time it is asked.
 */

const inner = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  inner.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(net, prefix, 'ipv6');

/** Whether an address belongs to this machine, to a private network, or to nobody. */
export const isPrivateAddress = (address: string): boolean => {
  const family = isIP(address);
  if (family === 0) return true;
  // An IPv4 address in IPv6's clothes is looked at as what it is; BlockList knows both spellings.
  return inner.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

const allowed = config.WEBHOOK_ALLOW_PRIVATE === '1';
const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

/** Throws UNPROCESSABLE for an address that can be seen to be refused, before anything is resolved. */
export const requirePublicUrl = (url: string): void => {
  if (allowed) return;
  const { protocol, hostname, username } = new URL(url);
  if (protocol !== 'https:') throw unprocessable('url: use https');
  if (username) throw unprocessable('url: name no user in it');
  const host = bare(hostname);
  if (isIP(host) ? isPrivateAddress(host) : /(^|\.)(localhost|local|internal)\.?$/i.test(host))
    throw unprocessable('url: this is a private address');
};

/** Resolves as Node does, and refuses names that lead inside. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    const refused = allowed ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
    if (refused || addresses.length === 0)
      return callback(new Error(`${hostname} leads to a private address, which is not allowed`), '');
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0]!.address, addresses[0]!.family);
  });
};

export type Answer = { status: number };

/** Posts `body` and answers the status; never follows a redirect. Rejects when there is no answer in time. */
export const post = (url: string, body: string, headers: Record<string, string>): Promise<Answer> =>
  new Promise((done, fail) => {
    const target = new URL(url);
    const host = bare(target.hostname);
    if (!allowed && isIP(host) && isPrivateAddress(host)) return fail(new Error('a private address is not allowed'));
    const send = target.protocol === 'https:' ? overHttps : overHttp;
    const request = send(target, {
      method: 'POST',
      lookup: publicLookup,
      // A connection that was checked for one delivery is not kept for another.
      agent: false,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${config.WEBHOOK_TIMEOUT_MS} ms`)),
      config.WEBHOOK_TIMEOUT_MS,
    );
    request.once('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      // The status is all that counts: a body without end is not read to its end.
      response.destroy();
      request.destroy();
      done({ status: response.statusCode ?? 0 });
    });
    request.end(body);
  });
