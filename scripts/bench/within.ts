/** The promise, or a rejection with `message()` once `limitMs` have passed. */
export function within<Value>(limitMs: number, promise: Promise<Value>, message: () => string): Promise<Value> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${message()} within ${limitMs} ms`)), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
