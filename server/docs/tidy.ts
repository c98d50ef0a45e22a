/** A node of generated JSON Schema, as far as it is looked at here. */
type Node = {
  format?: unknown;
  pattern?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  additionalProperties?: unknown;
};

/**
 * Removes from one generated node what helps no reader: the pattern beside a date format (it repeats the format in 300
 * characters), the bounds of what a double can count, and the refusal of unknown fields, since an answer may gain
 * fields and a client must not mind.
 */
export const tidy = ({ jsonSchema: node }: { jsonSchema: Node }): void => {
  if (node.format === 'date-time' || node.format === 'date') delete node.pattern;
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.additionalProperties === false) delete node.additionalProperties;
};

/** Takes out named schemas that nothing refers to: each document uses only some of them. */
export const dropUnused = (document: { components?: { schemas?: Record<string, unknown> } }): void => {
  const named = document.components?.schemas ?? {};
  for (;;) {
    const text = JSON.stringify(document);
    const unused = Object.keys(named).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    if (unused.length === 0) return;
    for (const name of unused) delete named[name];
  }
};
