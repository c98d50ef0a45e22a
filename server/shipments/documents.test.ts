import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { connect, nextEvent, record, settled } from '../testing/sockets.ts';

const ana = person({ role: 'operator', companyId: 'acme' });
const ines = person({ role: 'inspector', companyId: 'acme' });
const sven = person({ role: 'supplier', id: 'sven' });
const sonja = person({ role: 'supplier', id: 'sonja' });
const eve = person({ role: 'admin', companyId: 'rival' });

const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let server: TestServer;
let call: ReturnType<typeof api>;
let path: string;
before(async () => {
  server = await startTestServer();
  call = api(server.url);
  const { body } = await call(ana, 'POST', '/api/shipments', { poNumber: 'PO-1', supplierId: 'sven' });
  path = `/api/shipments/${body.id}/documents`;
});
after(() => server.stop());

const form = (content: Uint8Array, name: string, documentType = 'invoice') => {
  const data = new FormData();
  data.set('documentType', documentType);
  data.set('file', new Blob([content as BlobPart]), name);
  return data;
};
const upload = (who: typeof ana, content: Uint8Array, name: string, type?: string, headers = {}) =>
  call(who, 'POST', path, form(content, name, type), headers);
const count = async () => (await call(ana, 'GET', `${path}?limit=200`)).body.items.length as number;

describe('a document', () => {
  it('is kept, heard of by those who may, and answered as an attachment that nothing runs', async () => {
    const [colleague, stranger] = await Promise.all([
      connect(server.url, tokenFor(ines)),
      connect(server.url, tokenFor(eve)),
    ]);
    const heard = record(stranger);
    const told = nextEvent<{ version: number; document: { fileName: string; uploadedBy: string } }>(
      colleague,
      'document:uploaded',
    );
    const { status, body, headers } = await upload(sven, PDF, 'POD Zürich “1”.pdf', 'proof_of_delivery');
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(headers.get('location'), `${path}/${body.id}`);
    assert.deepEqual([body.mimeType, body.fileSize, body.isVerified], ['application/pdf', PDF.length, false]);
    assert.equal((await told).document.uploadedBy, sven.username);
    const file = await fetch(`${server.url}${path}/${body.id}`, {
      headers: { authorization: `Bearer ${tokenFor(ines)}` },
    });
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), PDF);
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
    assert.match(file.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; .*filename\*=UTF-8''POD%20Z%C3%BCrich/);
    const verified = nextEvent<{ document: { isVerified: boolean } }>(colleague, 'document:verified');
    const check = await call(ines, 'PATCH', `${path}/${body.id}`, { isVerified: true });
    assert.deepEqual([check.body.isVerified, check.body.verifiedBy], [true, ines.username]);
    assert.equal((await verified).document.isVerified, true);
    assert.equal((await call(sven, 'PATCH', `${path}/${body.id}`, { isVerified: false })).status, 403);
    assert.equal((await call(eve, 'GET', `${path}/${body.id}`)).status, 404);
    assert.equal((await call(sonja, 'GET', path)).status, 404);
    assert.equal((await call(ines, 'POST', path, form(PDF, 'a.pdf'))).status, 403);
    await settled(stranger);
    assert.deepEqual(
      heard.map(({ name }) => name),
      ['pong'],
    );
  });

  it('is what its content says, whatever its name', async () => {
    const photo = (await upload(ana, PNG, 'photo.html')).body;
    assert.deepEqual([photo.mimeType, photo.fileName], ['image/png', 'photo.html.png']);
    assert.equal((await upload(ana, Buffer.from('a,b\n1,2\n'), 'list.csv')).body.mimeType, 'text/csv');
    for (const [content, name] of [
      [Buffer.from('<html><script>alert(1)</script></html>'), 'POD.pdf'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'x.csv'],
      [Buffer.from([0x4d, 0x5a, 0, 1]), 'x.pdf'],
      [Buffer.from('\u0000\u0001'), 'x.csv'],
      [Buffer.alloc(0), 'empty.csv'],
    ] as const) {
      const { status, body } = await upload(ana, content, name);
      assert.deepEqual([status, body.code], [415, 'UNSUPPORTED_MEDIA_TYPE'], name);
    }
    assert.equal((await upload(ana, PDF, 'a.pdf', 'love_letter')).status, 400);
  });

  it('may not be larger than the limit', async () => {
    const before = await count();
    const { status, body } = await upload(ana, Buffer.concat([PDF, Buffer.alloc(11 * 1024 * 1024)]), 'big.pdf');
    assert.deepEqual([status, body.code], [413, 'TOO_LARGE']);
    assert.equal(await count(), before);
  });

  it('has a name that harms nobody', async () => {
    for (const [given, kept] of [
      ['../../etc/passwd.pdf', 'passwd.pdf'],
      ['..\\..\\boot.pdf', 'boot.pdf'],
      ['a\r\nSet-Cookie: x=1.pdf', undefined],
      ['...', 'document.pdf'],
      ['Lieferschein 日本.PDF', 'Lieferschein 日本.PDF'],
      [`${'x'.repeat(400)}.pdf`, `${'x'.repeat(196)}.pdf`],
    ] as const) {
      const { status, body } = await upload(ana, PDF, given);
      assert.equal(status, 201, given);
      if (kept) assert.equal(body.fileName, kept);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(body.fileName, /[\u0000-\u001f/\\]/);
      assert.ok(body.fileName.length <= 200);
      const file = await call(ana, 'GET', `${path}/${body.id}`);
      assert.equal(file.status, 200);
      assert.equal(file.headers.get('set-cookie'), null);
    }
  });

  it('is stored once however often an upload with one Idempotency-Key is repeated', async () => {
    const before = await count();
    const key = { 'Idempotency-Key': 'upload-1' };
    const [one, two] = [
      await upload(ana, PDF, 'a.pdf', 'invoice', key),
      await upload(ana, PDF, 'a.pdf', 'invoice', key),
    ];
    assert.deepEqual(one.body, two.body);
    assert.equal(await count(), before + 1);
    assert.equal((await upload(ana, PNG, 'a.pdf', 'invoice', key)).status, 422);
  });

  it('is listed page by page, or from its last change on', async () => {
    const { body: all } = await call(ana, 'GET', `${path}?limit=200`);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body: page }: { body: { items: { id: string }[]; nextCursor: string | null } } = await call(
        ana,
        'GET',
        `${path}?limit=3${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(
      seen,
      all.items.map(({ id }: { id: string }) => id),
    );
    const oldest = all.items.at(-1);
    const since = new Date().toISOString();
    await call(ana, 'PATCH', `${path}/${oldest.id}`, { isVerified: true });
    const { body: changed } = await call(ana, 'GET', `${path}?updatedSince=${since}`);
    assert.deepEqual(
      changed.items.map(({ id, isVerified }: { id: string; isVerified: boolean }) => [id, isVerified]),
      [[oldest.id, true]],
    );
    for (const made of ['x', Buffer.from('["2026-02-30 10:00:00+00","x"]').toString('base64url')])
      assert.equal((await call(ana, 'GET', `${path}?cursor=${made}`)).status, 400);
  });

  it('is not stored at all when its body is cut off', async () => {
    const before = await count();
    const body = `--b\r\nContent-Disposition: form-data; name="documentType"\r\n\r\ninvoice\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n${PDF}`;
    // The multipart ends without its last boundary.
    const ended = await call(ana, 'POST', path, body, { 'content-type': 'multipart/form-data; boundary=b' });
    assert.equal(ended.status, 400);
    // The sender stops in the middle of the body, and still listens.
    const answered = await new Promise<string>((resolve) => {
      let answer = '';
      const socket = connectTcp(server.port, '127.0.0.1', () =>
        socket.end(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenFor(ana)}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length + 1000}\r\n\r\n${body}`,
        ),
      );
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.once('close', () => resolve(answer));
    });
    assert.match(answered, /^HTTP\/1\.1 400 /);
    // The connection ends in the middle of the body.
    await new Promise<void>((resolve) => {
      const socket = connectTcp(server.port, '127.0.0.1', () => {
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenFor(ana)}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length + 1000}\r\n\r\n${body}`,
          () => socket.destroy(),
        );
      });
      socket.once('close', () => resolve());
    });
    assert.equal((await call(ana, 'GET', '/health')).status, 200);
    assert.equal(await count(), before);
    assert.equal((await call(ana, 'POST', path, {})).status, 400);
  });

  it("of another supplier's shipment is refused before its body is read", async () => {
    const answer = await new Promise<{ status: number; sent: number }>((resolve, reject) => {
      let sent = 0;
      const request = httpRequest(
        `${server.url}${path}`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${tokenFor(sonja)}`,
            'content-type': 'multipart/form-data; boundary=b',
            'content-length': 10_000_000,
          },
        },
        (response) => {
          resolve({ status: response.statusCode!, sent });
          request.destroy();
        },
      );
      request.on('error', reject);
      const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n';
      sent += head.length;
      request.write(head);
    });
    assert.equal(answer.status, 404);
    assert.ok(answer.sent < 200, 'the answer came before the file was sent');
  });
});
