import { Agent, request } from 'node:http';

/** The HTTP calls that both servers answer alike, over kept-alive connections. */
export interface Api {
  /** Answers the new shipment's id. Whoever is of no company names one. */
  createShipment(poNumber: string, companyId?: string): Promise<string>;
  /** One row changed, one event to the shipment's room. */
  inspect(shipmentId: string, status: InspectionStatus, notes: string): Promise<void>;
  close(): void;
}

/**
 * A shipment's own status only goes forward and would be used up after five writes. Its inspection can be set again
 * and again, and does the same work on both servers: one request, one row, one event of the same size to one room.
 */
export type InspectionStatus = 'pending' | 'in_progress';

export function openApi(port: number, token: string, connections: number): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });

  const call = (method: string, path: string, body: unknown) =>
    new Promise<string>((resolve, reject) => {
      const payload = JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      };
      const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode && response.statusCode < 300) resolve(text);
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 500)}`));
        });
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });

  return {
    createShipment: async (poNumber, companyId) =>
      JSON.parse(await call('POST', '/api/shipments', { poNumber, companyId })).id,
    inspect: async (shipmentId, status, notes) => {
      await call('PATCH', `/api/shipments/${shipmentId}/inspection`, { status, notes });
    },
    close: () => agent.destroy(),
  };
}
