import assert from 'node:assert/strict';
import type { Express } from 'express';

/** What Express keeps of a router; `rawPath` is where it was mounted. */
type Layer = {
  rawPath?: unknown;
  route?: { path: unknown; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
};

const collect = (stack: Layer[], prefix: string): string[] =>
  stack.flatMap((layer) => {
    if (layer.route) {
      const { path, methods } = layer.route;
      assert.equal(typeof path, 'string', `a route under ${prefix} has no plain path`);
      const full = `${prefix}${path}`.replace(/(?<=.)\/$/, '');
      return Object.keys(methods).map((method) => `${method.toUpperCase()} ${full}`);
    }
    if (!layer.handle.stack) return [];
    assert.equal(typeof layer.rawPath, 'string', 'Express no longer tells where a router is mounted');
    return collect(layer.handle.stack, layer.rawPath === '/' ? prefix : `${prefix}${layer.rawPath}`);
  });

/** Every route of an app as `GET /api/shipments/:id`, each once. */
export const routesOf = (app: Express): string[] => [
  ...new Set(collect((app as Express & { router: { stack: Layer[] } }).router.stack, '')),
];
