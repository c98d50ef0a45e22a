import { inTransaction, outsideTransaction } from './database.ts';

/**
 * Answers the questions of one tick with one statement: five thousand clients that come back ask the same thing in
 * the same moment. Inside a transaction nothing is shared, since it must see its own writes.
 *
 * `load` answers a map by key; keys without an answer may be absent. A caller may find more in it than it asked for.
 */
export const batched = <Value>(load: (keys: string[]) => Promise<Map<string, Value>>) => {
  let keys = new Set<string>();
  let loading: Promise<Map<string, Value>> | null = null;
  return (wanted: Iterable<string>): Promise<Map<string, Value>> => {
    if (inTransaction()) return load([...wanted]);
    for (const key of wanted) keys.add(key);
    loading ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const mine = [...keys];
        keys = new Set();
        loading = null;
        outsideTransaction(() => load(mine)).then(resolve, reject);
      });
    });
    return loading;
  };
};
