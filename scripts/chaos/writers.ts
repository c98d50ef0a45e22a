import { setTimeout as wait } from 'node:timers/promises';
import type { Acknowledged } from './checker.ts';
import { type Person, tokenOf } from './node.ts';

/** People who change shipments over and over, each change with a mark of its own by which it is found again. */

/** The company whose shipments are written and watched. */
export const COMPANY = 'acme';
export const WRITER: Person = { id: 'writer', role: 'admin', companyId: COMPANY };
const PATIENCE_MS = 5_000;

/** Clients of one run by number. */
export const watcherOf = (n: number): Person => ({ id: `watcher-${n}`, role: 'operator', companyId: COMPANY });

export const request = (
  url: string,
  method: string,
  path: string,
  body?: unknown,
  person: Person = WRITER,
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokenOf(person)}`,
      'content-type': 'application/json',
      // A connection that is kept leads for ever to the node that was there when it was opened.
      connection: 'close',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });

export const createShipments = async (url: string, count: number, person?: Person): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const response = await request(url, 'POST', '/api/shipments', { poNumber: `PO-${n}` }, person);
    if (!response.ok) throw new Error(`creating a shipment answered ${response.status}: ${await response.text()}`);
    ids.push(((await response.json()) as { id: string }).id);
  }
  return ids;
};

/** What all writers of a run have come to. */
export type Ledger = {
  /** The mark of every write, whatever became of it. */
  sent: Set<string>;
  acknowledged: Acknowledged[];
  /** Answered 503: may be repeated once it is known what became of them. */
  refused: number;
  /** No answer: may or may not have happened. */
  unanswered: number;
  /** Answers that nobody should ever get. */
  wrong: string[];
  onSend?: (mark: string) => void;
};

export const openLedger = (onSend?: Ledger['onSend']): Ledger => ({
  sent: new Set(),
  acknowledged: [],
  refused: 0,
  unanswered: 0,
  wrong: [],
  ...(onSend && { onSend }),
});

type Options = {
  name: string;
  url: string;
  /** Those it writes, in turns. */
  shipmentIds: string[];
  ledger: Ledger;
  /** Between two writes. */
  pauseMs: number;
  /** Characters of three bytes in each write, besides its mark. */
  padding?: number;
  person?: Person;
};

export type Writer = { stop: () => Promise<void> };

/** Writes until told to stop; a write whose answer was lost may or may not have happened, and is not repeated. */
export const startWriter = ({ name, url, shipmentIds, ledger, pauseMs, padding = 0, person }: Options): Writer => {
  let stopped = false;
  const done = (async () => {
    for (let n = 1; !stopped; n += 1) {
      const id = shipmentIds[n % shipmentIds.length]!;
      const mark = `${name}-${n}`;
      ledger.sent.add(mark);
      ledger.onSend?.(mark);
      try {
        const body = {
          status: n % 2 ? 'in_progress' : 'pending',
          notes: padding > 0 ? `${mark} ${'€'.repeat(padding)}` : mark,
        };
        const response = await request(url, 'PATCH', `/api/shipments/${id}/inspection`, body, person);
        const answer = await response.text();
        if (response.ok) ledger.acknowledged.push({ stream: `shipment:${id}`, mark });
        else if (response.status === 503) ledger.refused += 1;
        else ledger.wrong.push(`a write answered ${response.status}: ${answer.slice(0, 200)}`);
      } catch {
        // Its server or the way there is broken: that is the point of the run.
        ledger.unanswered += 1;
        await wait(20);
      }
      await wait(pauseMs);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await done;
    },
  };
};
