import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveReferences } from '../testing/references.ts';
import { routesOf } from '../testing/routes.ts';
import { domains } from './domains.ts';
import { createOpenApi } from './openapi.ts';

process.env.LOG_LEVEL = 'silent';

type Operation = {
  operationId: string;
  summary: string;
  security: object[];
  parameters?: { in: string; name: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: { properties: Record<string, { format?: string }> } }> };
  responses: Record<string, { $ref?: string; description?: string; headers?: object; content?: object }>;
};
const document = createOpenApi();
const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
);
const find = (method: string, path: string) => {
  const found = operations.find((one) => one.method === method && one.path === path);
  assert.ok(found, `${method} ${path} is not in the document`);
  return found.operation;
};

/** A route with its parameters' names left out: `/api/shipments/{}`. */
const normal = (path: string) =>
  path
    .replace(/\/$/, '')
    .replaceAll(/:\w+/g, '{}')
    .replaceAll(/\{\w+\}/g, '{}') || '/';

/** The dashboard answers every other address; only where it is built. */
const NOT_AN_API = new Set(['GET /{*path}']);

describe('/openapi.json', () => {
  it('holds every route of the server, and no other', async () => {
    const { createApp } = await import('../app.ts');
    const served = routesOf(createApp())
      .filter((route) => !NOT_AN_API.has(route))
      .map(normal);
    assert.ok(served.length > 20, `only ${served.length} routes were found`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${normal(path)}`);
    assert.deepEqual(described.sort(), served.sort());
  });

  it('points at nothing that is not there', () => {
    assert.ok(resolveReferences(document) > 50);
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual([...new Set(ids)], ids);
    for (const { operation } of operations) assert.ok(operation.summary, operation.operationId);
  });

  it('names every schema once among the domains', () => {
    const names = domains.flatMap(({ schemas }) => Object.keys(schemas));
    assert.deepEqual([...new Set(names)], names);
  });

  it('declares the parameters of each path', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      assert.deepEqual(
        declared.map(({ name }) => name),
        inPath,
        path,
      );
      assert.ok(declared.every(({ required }) => required));
    }
  });

  it('answers failures as problem documents with their codes', () => {
    const responses = document.components?.responses as Record<string, { content: object; description: string }>;
    for (const [name, { content, description }] of Object.entries(responses)) {
      assert.deepEqual(Object.keys(content), ['application/problem+json'], name);
      for (const code of name.split('_or_')) assert.match(description, new RegExp(`\`${code}\``));
    }
    for (const { path, operation } of operations)
      for (const [status, answer] of Object.entries(operation.responses))
        if (Number(status) >= 400 && path !== '/health')
          assert.match(answer.$ref ?? '', /responses/, `${path} ${status}`);
  });

  it('asks for a token wherever one is needed', () => {
    const open = operations.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
    assert.deepEqual(
      open.sort(),
      [
        '/api/auth/login',
        '/api/payments/webhook',
        '/asyncapi.json',
        '/docs',
        '/health',
        '/health/live',
        '/openapi.json',
        '/track/{awb}',
      ].sort(),
    );
    for (const { path, operation } of operations)
      if (operation.security.length > 0) assert.ok('401' in operation.responses, path);
  });

  it('tells of versions, preconditions and repeated requests', () => {
    const headersOf = (operation: Operation) =>
      (operation.parameters ?? []).filter((parameter) => parameter.in === 'header').map(({ name }) => name);
    const patch = find('patch', '/api/shipments/{id}/status');
    assert.deepEqual(headersOf(patch), ['If-Match']);
    assert.ok('412' in patch.responses);
    assert.ok('ETag' in patch.responses[200]!.headers!);
    for (const { path, operation } of operations)
      if ('201' in operation.responses) {
        assert.ok(headersOf(operation).includes('Idempotency-Key'), path);
        assert.ok('422' in operation.responses, path);
        assert.ok('Location' in operation.responses[201]!.headers!, path);
      }
  });

  it('describes an upload as a form with a file', () => {
    const { requestBody } = find('post', '/api/shipments/{id}/documents');
    const { properties } = requestBody!.content['multipart/form-data']!.schema;
    assert.equal(properties.file?.format, 'binary');
    assert.ok(properties.documentType);
  });
});
