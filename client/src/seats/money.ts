/** Money in minor units, as people write it. */

type Money = { amount: number; currency: string };

/** How many digits the currency has after the point: 0 for yen, 3 for dinars. */
const digits = (currency: string): number => {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
};

export const price = ({ amount, currency }: Money): string => {
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
