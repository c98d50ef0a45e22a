import type { Money } from '../../../server/contract/commerce.ts';

/** Money in minor units, as people write it. */

/** How many digits the currency has after the point: 0 for yen, 3 for dinars. */
const digits = (currency: string): number => {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
};

export const money = ({ amount, currency }: Money): string => {
  const value = amount / 10 ** digits(currency);
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(value);
  } catch {
    // Three letters that are no currency the browser knows.
    return `${value} ${currency}`;
  }
};

/** What somebody typed as an amount, in minor units. */
export const toMinor = (value: number, currency: string): number => Math.round(value * 10 ** digits(currency));

/** Sums by currency: amounts of two currencies are never added. */
export const totals = (sums: Money[]): Money[] => {
  const byCurrency = new Map<string, number>();
  for (const { amount, currency } of sums) byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + amount);
  return [...byCurrency].map(([currency, amount]) => ({ amount, currency }));
};
