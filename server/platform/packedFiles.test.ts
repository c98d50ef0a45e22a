import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import { packedFiles } from './packedFiles.ts';

const SCRIPT = `console.log(${JSON.stringify('waybeat '.repeat(200))});`;

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

describe('files packed by the build', () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'waybeat-packed-'));
    writeFileSync(path.join(folder, 'page-1a2b.js'), SCRIPT);
    writeFileSync(path.join(folder, 'page-1a2b.js.br'), brotliCompressSync(SCRIPT));
    writeFileSync(path.join(folder, 'page-1a2b.js.gz'), gzipSync(SCRIPT));
    writeFileSync(path.join(folder, 'small-3c4d.css'), 'a{}');
    server = express().use('/assets', packedFiles(folder)).listen(0);
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  /** Nothing is unpacked on the way, as fetch would. */
  const ask = async (name: string, encodings: string): Promise<Answer> => {
    const { port } = server.address() as AddressInfo;
    const asked = get({ port, path: `/assets/${name}`, headers: { 'accept-encoding': encodings } });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(await answer.toArray()) };
  };

  it('reach a browser packed as well as it can unpack, and everybody else as they are', async () => {
    for (const [taken, sent, body] of [
      ['gzip, deflate, br, zstd', 'br', brotliCompressSync(SCRIPT)],
      ['gzip', 'gzip', gzipSync(SCRIPT)],
      ['br;q=0, gzip', 'gzip', gzipSync(SCRIPT)],
      ['identity', undefined, Buffer.from(SCRIPT)],
    ] as const) {
      const answer = await ask('page-1a2b.js', taken);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-encoding'], sent, taken);
      assert.match(answer.headers['content-type']!, /^text\/javascript/);
      assert.match(answer.headers.vary!, /Accept-Encoding/);
      assert.match(answer.headers['cache-control']!, /max-age=31536000, immutable/);
      assert.ok(answer.body.equals(body), taken);
    }
  });

  it('are served as they are when the build did not pack them, and missing is missing', async () => {
    const small = await ask('small-3c4d.css', 'br');
    assert.equal(small.headers['content-encoding'], undefined);
    assert.equal(small.body.toString(), 'a{}');
    const missing = await ask('gone-5e6f.js', 'br');
    assert.equal(missing.status, 404);
    assert.equal(missing.headers['content-encoding'], undefined);
  });
});
