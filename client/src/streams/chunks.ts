/** Streams in one `resume`: as many as a connection may follow. */
const MAX_STREAMS = 500;
/** Characters of names in one message, well below the server's bound for a message (64 KiB). */
const MAX_CHARACTERS = 40_000;
/** Quotes, colon, version and comma. */
const OVERHEAD = 24;

/** Cuts a list of streams into messages that a server takes. */
export const chunkStreams = <Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[][] => {
  const chunks: Item[][] = [];
  let characters = 0;
  for (const item of items) {
    const size = nameOf(item).length + OVERHEAD;
    const last = chunks.at(-1);
    if (!last || last.length === MAX_STREAMS || characters + size > MAX_CHARACTERS) {
      chunks.push([item]);
      characters = size;
    } else {
      last.push(item);
      characters += size;
    }
  }
  return chunks;
};
