import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { api } from '../testing/http.ts';
import { person, tokenFor } from '../testing/people.ts';
import { startTestServer, type TestServer } from '../testing/server.ts';
import { needs, serviceUrl } from '../testing/services.ts';

/**
 * What the reference document tells its readers to type, run as it stands there: `wscat`, and a class around the
 * browser's `WebSocket`. Added are a token, which the reference forgot, and waiting for the socket to open.
 */

const vera = person({ role: 'vendor', companyId: 'acme' });
const carl = person({ role: 'customer', id: 'user123' });

let server: TestServer;
let call: ReturnType<typeof api>;
before(async () => {
  server = await startTestServer({ env: { WS_HEARTBEAT_INTERVAL: '300' } });
  call = api(server.url);
});
after(() => server.stop());

const create = async () => (await call(vera, 'POST', '/api/vendors', { name: 'Cart' })).body.id as string;
const put = (id: string, lat: number, long: number) => call(vera, 'PUT', `/api/vendors/${id}/location`, { lat, long });
const socketUrl = (path: string) => `${server.url.replace('http', 'ws')}${path}`;

/** Runs wscat, types `line` once it has connected, and answers lines as they come. */
const wscat = (options: string[], line: object) => {
  const child = spawn('node_modules/.bin/wscat', [
    '--connect',
    socketUrl('/ws/location'),
    ...options,
    '--execute',
    JSON.stringify(line),
    '--wait',
    '60',
  ]);
  let out = '';
  const waiting = new Set<() => void>();
  const take = (data: Buffer) => {
    out += data;
    for (const look of [...waiting]) look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return {
    shows: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`wscat did not show ${text}; it showed ${out}`)), 10_000);
        const look = () => {
          if (!out.includes(text)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    end: () => child.kill('SIGKILL'),
  };
};

describe('wscat, as in the reference', () => {
  for (const [way, options] of [
    ['a header', () => ['--header', `Authorization: Bearer ${tokenFor(carl)}`]],
    ['subprotocols', () => ['--subprotocol', 'waybeat.v1', '--subprotocol', tokenFor(carl)]],
  ] as const)
    it(`subscribes and hears positions, signed in by ${way}`, async () => {
      const id = await create();
      const terminal = wscat(options(), { type: 'subscribe_location', data: { vendorId: id, userId: 'user123' } });
      try {
        await terminal.shows('"type":"subscribed"');
        await put(id, 12.5, 34.5);
        await terminal.shows('"location":{"lat":12.5,"long":34.5}');
      } finally {
        terminal.end();
      }
    });

  it('is told what is missing when it forgets the token', async () => {
    const terminal = wscat([], { type: 'subscribe_location', data: { vendorId: 'test123', userId: 'user123' } });
    try {
      await terminal.shows('Authentication required');
    } finally {
      terminal.end();
    }
  });
});

/** The reference's class; only its types are gone, and the two lines that are marked. */
const SNIPPET = `
class VentaWebSocketClient {
  constructor(url, token) {
    this.url = url;
    this.token = token; // added
    this.reconnectAttempts = 0;
    this.maxReconnectAttempts = 5;
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(this.url, ['waybeat.v1', this.token]); // changed: the token

    this.socket.onopen = () => {
      console.log('Connected to WebSocket');
      this.reconnectAttempts = 0;
    };

    this.socket.onmessage = (event) => {
      const data = JSON.parse(event.data);
      this.handleMessage(data);
    };

    this.socket.onclose = () => {
      console.log('WebSocket connection closed');
      this.handleReconnect();
    };

    this.socket.onerror = (error) => {
      console.error('WebSocket error:', error);
    };
  }

  handleReconnect() {
    if (this.reconnectAttempts < this.maxReconnectAttempts) {
      this.reconnectAttempts++;
      setTimeout(() => this.connect(), 1000 * this.reconnectAttempts);
    }
  }

  handleMessage(data) {
    switch (data.type) {
      case 'location_updated':
        this.onLocationUpdate(data.data);
        break;
      case 'vendor_updated':
        this.onVendorUpdate(data.data);
        break;
      case 'ping':
        this.socket.send(JSON.stringify({ type: 'pong' }));
        break;
    }
  }

  subscribeToLocation(vendorId, userId) {
    this.socket.send(JSON.stringify({
      type: 'subscribe_location',
      data: { vendorId, userId }
    }));
  }

  onLocationUpdate(data) {
    console.log('Location updated:', data);
    window.heard.push(data);
  }

  onVendorUpdate(data) {
    console.log('Vendor updated:', data);
    window.heard.push(data);
  }
}
window.heard = [];
window.VentaWebSocketClient = VentaWebSocketClient;
`;

describe('the reference’s browser class', needs('chromium'), () => {
  it('hears positions and vendors in Chromium, and stays connected by its pongs', async () => {
    const id = await create();
    const browser = await chromium.launch({
      executablePath: serviceUrl('chromium'),
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    });
    try {
      const page = await browser.newPage();
      // A page of this server's own origin, without scripts of its own.
      await page.goto(`${server.url}/health`);
      await page.evaluate(SNIPPET);
      const closed: string[] = [];
      page.on('console', (message) => {
        if (message.text() === 'WebSocket connection closed') closed.push(message.text());
      });
      const settings = {
        location: socketUrl('/ws/location'),
        vendor: socketUrl('/ws/vendor'),
        token: tokenFor(carl),
        id,
      };
      await page.evaluate(`(async () => {
        const { location, vendor, token, id } = ${JSON.stringify(settings)};
        const locations = new VentaWebSocketClient(location, token);
        const vendors = new VentaWebSocketClient(vendor, token);
        const opened = (client) => new Promise((resolve) => client.socket.addEventListener('open', resolve));
        await Promise.all([opened(locations), opened(vendors)]);
        const answered = (client) => new Promise((resolve) =>
          client.socket.addEventListener('message', (event) => {
            if (JSON.parse(event.data).type === 'subscribed') resolve();
          }));
        const both = Promise.all([answered(locations), answered(vendors)]);
        locations.subscribeToLocation(id, 'user123');
        vendors.socket.send(JSON.stringify({ type: 'subscribe_vendor', data: { vendorId: id, userId: 'user123' } }));
        await both;
        // Longer than two heartbeats: without its pongs it would be closed by now.
        await new Promise((resolve) => setTimeout(resolve, 1500));
      })()`);
      await put(id, 1, 2);
      await call(vera, 'PATCH', `/api/vendors/${id}`, { name: 'Renamed' });
      await page.waitForFunction('window.heard.length === 2', undefined, { timeout: 10_000 });
      const heard = (await page.evaluate('window.heard')) as { location?: object; vendor?: { name: string } }[];
      assert.deepEqual(heard.find(({ location }) => location)?.location, { lat: 1, long: 2 });
      assert.equal(heard.find(({ vendor }) => vendor)?.vendor?.name, 'Renamed');
      assert.deepEqual(closed, []);
    } finally {
      await browser.close();
    }
  });
});
