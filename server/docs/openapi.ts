import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ERROR_STATUS, type ErrorCode, Id, Problem } from '../contract/common.ts';
import { config } from '../platform/config.ts';
import { AppError, toProblem } from '../platform/errors.ts';
import { domains, routes, schemas } from './domains.ts';
import { dropUnused, tidy } from './tidy.ts';
import type { Answer, Route } from './types.ts';

/** What any route may answer, and what any route behind a token may. */
const ALWAYS: ErrorCode[] = ['FORBIDDEN', 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE'];
const SIGNED_IN: ErrorCode[] = ['UNAUTHENTICATED'];

const IF_MATCH = z
  .string()
  .optional()
  .meta({ description: 'The version you decided on, in quotes. Another one now: STALE.', example: '"3"' });
const IDEMPOTENCY_KEY = z.string().min(1).max(255).optional().meta({
  description: 'Repeating the request with the same key and body answers the first result again.',
  example: 'c2f1d0b4-order-17',
});
const ETAG = z.string().meta({ description: 'The version, in quotes', example: '"3"' });
const LOCATION = z.string().meta({ description: 'The address of what was created' });

const isMediaTypes = (body: NonNullable<Answer['body']>): body is Record<string, z.ZodType> =>
  !(body instanceof z.ZodType);

const content = (body: NonNullable<Answer['body']>) =>
  Object.fromEntries(
    Object.entries(isMediaTypes(body) ? body : { 'application/json': body }).map(([type, schema]) => [
      type,
      { schema },
    ]),
  );

const success = ({ description, body, etag, location }: Answer) => ({
  description,
  ...(body && { content: content(body) }),
  ...((etag || location) && {
    headers: z.object({ ...(etag && { ETag: ETAG }), ...(location && { Location: LOCATION }) }),
  }),
});

/** An example as the server renders it, so that the document shows no wording of its own. */
const example = (code: ErrorCode) => toProblem(new AppError(code, toProblem(new AppError(code, '')).title));

/** One object for each set of codes, so that the document defines it once. */
const known = new Map<string, object>();
const once = <Value extends object>(id: string, make: () => Value): Value => {
  if (!known.has(id)) known.set(id, make());
  return known.get(id) as Value;
};

const failures = (codes: ErrorCode[]): ZodOpenApiResponsesObject => {
  const all = [...new Set(codes)];
  return Object.fromEntries(
    [...new Set(all.map((code) => ERROR_STATUS[code]))].map((status) => {
      const same = all.filter((code) => ERROR_STATUS[code] === status).sort();
      const id = same.join('_or_');
      const answer = once(id, () => ({
        id,
        description: same.map((code) => `\`${code}\`: ${example(code).title}`).join('. '),
        content: {
          'application/problem+json': {
            schema: Problem,
            examples: Object.fromEntries(same.map((code) => [code, { value: example(code) }])),
          },
        },
      }));
      return [status, answer];
    }),
  );
};

const codesOf = (route: Route): ErrorCode[] => {
  const open = route.access === 'none' || route.access === 'metrics';
  // Health and the documents are open to anybody and touch neither limits nor, for the documents, the database.
  const always = open && !route.codes ? ALWAYS.filter((code) => code === 'INTERNAL') : ALWAYS;
  return [
    ...always,
    ...(open ? [] : SIGNED_IN),
    ...(route.ifMatch ? (['BAD_REQUEST', 'STALE'] as const) : []),
    ...(route.idempotent ? (['BAD_REQUEST', 'IDEMPOTENCY_MISMATCH'] as const) : []),
    ...(route.codes ?? []),
  ];
};

const SECURITY: Record<NonNullable<Route['access']>, Record<string, string[]>[]> = {
  user: [{ bearer: [] }],
  metrics: [{}, { metricsToken: [] }],
  none: [],
};

const toOperation = (route: Route & { tag: string }): ZodOpenApiOperationObject => {
  const path = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const header = {
    ...(route.ifMatch && { 'If-Match': IF_MATCH }),
    ...(route.idempotent && { 'Idempotency-Key': IDEMPOTENCY_KEY }),
  };
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, success(answer)]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    security: SECURITY[route.access ?? 'user'],
    requestParams: {
      ...(path.length > 0 && { path: z.object(Object.fromEntries(path.map((name) => [name, Id]))) }),
      ...(route.query && { query: route.query }),
      ...(Object.keys(header).length > 0 && { header: z.object(header) }),
    },
    ...(route.body && { requestBody: { required: true, content: content(route.body) } }),
    responses: { ...failures(codesOf(route)), ...Object.fromEntries(answers) },
  };
};

const toPaths = (): ZodOpenApiPathsObject => {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: toOperation(route) };
  }
  return paths;
};

/** The HTTP interface as OpenAPI 3.1. */
export const createOpenApi = () => {
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Waybeat',
        version: config.version,
        description:
          'Times are ISO 8601 in UTC, ids are strings. Lists answer `items` and `nextCursor`. Failures are problem documents (RFC 9457) with a `code`. What you may not know of answers `NOT_FOUND`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: domains
        .filter((domain) => domain.routes.length > 0)
        .map(({ tag, description }) => ({ name: tag, description })),
      paths: toPaths(),
      components: {
        schemas: { Problem, ...schemas },
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From POST /api/auth/login' },
          metricsToken: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN of the server' },
        },
      },
    },
    { override: tidy },
  );
  dropUnused(document);
  return document;
};
