import { tokensOf } from './people.ts';
import type { Target } from './target.ts';

const CATEGORIES = ['Coffee', 'Flowers', 'Fruit', 'Ice cream', 'Street food'];

/** Vendors of the company whose operators report; those of earlier rounds are used again. */
export async function createVendors(target: Target, count: number): Promise<string[]> {
  const [token] = tokensOf(1);
  const call = async (path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${target.port}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null && ids.length < count) {
    const page = (await call(`/api/vendors?limit=200${cursor && `&cursor=${cursor}`}`)) as {
      items: { id: string }[];
      nextCursor: string | null;
    };
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  const create = async (number: number) => {
    const body = { name: `Vendor ${number}`, category: CATEGORIES[number % CATEGORIES.length], isOpen: number % 4 > 0 };
    return ((await call('/api/vendors', { ...body, ownerId: 'bench-0' })) as { id: string }).id;
  };
  while (ids.length < count)
    ids.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(16, count - ids.length) }, (_, n) => create(ids.length + n)),
      )),
    );
  return ids.slice(0, count);
}
