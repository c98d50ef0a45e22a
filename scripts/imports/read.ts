import { parseSync } from 'oxc-parser';

/** One reference of a file to another module, however it is written. */
export type Import = {
  /** As written; null where it is computed and cannot be known. */
  specifier: string | null;
  line: number;
  /** Nothing of it remains at run time. `import { type A }` does not count: its side effects stay. */
  typeOnly: boolean;
};

type Node = { type: string; start: number; [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const literal = (source: unknown): string | null =>
  isNode(source) && source.type === 'Literal' && typeof source.value === 'string' ? source.value : null;

/** What this node imports, undefined when it is no import. */
const asImport = (node: Node): Omit<Import, 'line'> | undefined => {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: literal(node.source), typeOnly: node.importKind === 'type' };
    case 'ExportAllDeclaration':
      return { specifier: literal(node.source), typeOnly: node.exportKind === 'type' };
    case 'ExportNamedDeclaration':
      return node.source ? { specifier: literal(node.source), typeOnly: node.exportKind === 'type' } : undefined;
    case 'ImportExpression':
      return { specifier: literal(node.source), typeOnly: false };
    case 'TSImportType':
      return { specifier: literal(node.source), typeOnly: true };
    default:
      return undefined;
  }
};

/** Every import of a TypeScript or TSX text, in order. Throws when the text cannot be parsed. */
export const readImports = (file: string, text: string): Import[] => {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const found: Import[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isNode(value)) return;
    const reference = asImport(value);
    if (reference) found.push({ ...reference, line: text.slice(0, value.start).split('\n').length });
    Object.values(value).forEach(visit);
  };
  visit(program);
  return found;
};
