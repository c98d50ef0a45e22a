import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, type Response, Router } from 'express';

/** `/openapi.json`, `/asyncapi.json` and the page `/docs` that shows both. */
export const docsRouter = Router();

/**
 * Made when first asked for: most servers are never asked, and the generators would cost every one of them memory.
 * They cannot change while the process runs.
 */
const once = (make: () => Promise<string>): (() => Promise<string>) => {
  let made: Promise<string> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

const openApi = once(async () => JSON.stringify((await import('./openapi.ts')).createOpenApi()));
const asyncApi = once(async () => JSON.stringify((await import('./asyncapi.ts')).createAsyncApi()));
const page = once(async () => {
  const [{ createAsyncApi }, { renderPage }] = await Promise.all([import('./asyncapi.ts'), import('./page.ts')]);
  return renderPage(createAsyncApi());
});

const send =
  (type: string, read: () => Promise<string>): RequestHandler =>
  async (_request, response) => {
    response
      .set('Cache-Control', 'no-cache')
      .type(type)
      .send(await read());
  };

docsRouter.get('/openapi.json', send('application/json', openApi));
docsRouter.get('/asyncapi.json', send('application/json', asyncApi));
docsRouter.get('/docs', send('text/html', page));

const files = fileURLToPath(new URL('./page', import.meta.url));
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const revalidate = { index: false, setHeaders: (response: Response) => response.set('Cache-Control', 'no-cache') };
docsRouter.use('/docs/page', express.static(files, revalidate));
docsRouter.use('/docs/swagger', express.static(swagger, revalidate));
