import assert from 'node:assert/strict';

/** Fails unless every `$ref` of a document points at something in it. Answers how many there are. */
export const resolveReferences = (document: object): number => {
  let count = 0;
  const resolve = (ref: string) => {
    assert.match(ref, /^#\//, `${ref} points outside the document`);
    let target: unknown = document;
    for (const part of ref.slice(2).split('/'))
      target = (target as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    assert.notEqual(target, undefined, `${ref} points at nothing`);
  };
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node))
      if (key === '$ref' && typeof value === 'string') {
        count += 1;
        resolve(value);
      } else visit(value);
  };
  visit(document);
  return count;
};
