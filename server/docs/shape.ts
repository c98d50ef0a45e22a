/** JSON Schema in words short enough for a line. */

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
};

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1);

/** Such as `string`, `time or null`, `list of Viewer`, `{ id, reason }`. */
export const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref) return nameOf(schema.$ref);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(String).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.format === 'date-time') return 'time';
  if (schema.format === 'date') return 'date';
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  if (schema.properties) return `{ ${Object.keys(schema.properties).join(', ')} }`;
  if (schema.type === 'object')
    return typeof schema.additionalProperties === 'object' ? `name → ${typeOf(schema.additionalProperties)}` : 'object';
  return schema.type ?? 'anything';
};

export type Field = { name: string; type: string; optional: boolean; description: string | undefined };

/** The fields of an object, a line each; none where it is no object. */
export const fieldsOf = (schema: JsonSchema): Field[] =>
  Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeOf(field),
    optional: !schema.required?.includes(name),
    description: field.description,
  }));

/** The alternative of a union that succeeded: acks are described without their common failure. */
export const successOf = (schema: JsonSchema): JsonSchema =>
  schema.anyOf?.find(({ properties }) => properties?.success?.const === true) ?? schema;
