import { newId } from '../app/newId.ts';

/**
 * Payments whose answer has not come yet. The key of each is kept until the server has said how it ended, also over a
 * reload of the page: sent again with the same key it is the same payment, so nobody pays twice.
 */

const NAME = 'waybeat.payments';

type Kept = Record<string, string>;

const read = (): Kept => {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? '{}') as Kept;
  } catch {
    return {};
  }
};

const write = (kept: Kept) => sessionStorage.setItem(NAME, JSON.stringify(kept));

/** The key under which this ticket is being paid; a new one when none is under way. */
export const paymentKey = (ticketId: string): string => {
  const kept = read();
  const key = kept[ticketId] ?? newId();
  write({ ...kept, [ticketId]: key });
  return key;
};

export const isUnderWay = (ticketId: string): boolean => ticketId in read();

/** The server has answered. */
export const settlePayment = (ticketId: string): void => {
  const { [ticketId]: _, ...rest } = read();
  write(rest);
};
