import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { docsRouter } from './docs/controller.ts';
import { operationsRouter } from './operations/controller.ts';
import { healthRouter } from './operations/health.ts';
import { authenticate } from './platform/auth.ts';
import { authRouter } from './platform/authController.ts';
import { config } from './platform/config.ts';
import { forbidden } from './platform/errors.ts';
import { errorHandler, unknownRoute } from './platform/http.ts';
import { httpLimit } from './platform/limits.ts';
import { isOriginAllowed } from './platform/origins.ts';
import { requestLog } from './platform/requestLog.ts';
import { shipmentsRouter } from './shipments/controller.ts';
import { warehousesRouter } from './shipments/warehousesController.ts';

const refuseForeignOrigins: RequestHandler = (request, _response, next) => {
  if (!isOriginAllowed(request)) throw forbidden('This origin is not allowed; add it to ALLOWED_ORIGINS');
  next();
};

/** The built dashboard, beside the sources or beside the build. */
const dashboard = ['../dist/client', '../client']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(`${path}/index.html`) && existsSync(`${path}/assets`));

/** Everything over HTTP. Errors last. */
export const createApp = (): Express => {
  const app = express();
  app.set('trust proxy', config.TRUST_PROXY);
  // A weak ETag over the body would pretend to be a version.
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use(helmet());
  app.use(requestLog);
  app.use(refuseForeignOrigins);
  app.use(
    cors({
      origin: [...config.allowedOrigins],
      credentials: true,
      exposedHeaders: ['ETag', 'Location', 'Retry-After', 'X-Request-Id'],
    }),
  );
  // Before the parsers: a platform's check must not depend on anything else.
  app.use('/health', healthRouter);
  app.use(express.json({ limit: '1mb' }));

  app.use(operationsRouter);
  app.use(docsRouter);
  app.use('/api/auth', authRouter);
  app.use('/api/shipments', authenticate, httpLimit, shipmentsRouter);
  app.use('/api/warehouses', authenticate, httpLimit, warehousesRouter);
  app.use('/api', authenticate, httpLimit, unknownRoute);

  if (dashboard) {
    // Built files carry a hash in their names; the page that names them does not.
    app.use('/assets', express.static(`${dashboard}/assets`, { immutable: true, maxAge: '1y', fallthrough: false }));
    app.use(express.static(dashboard, { index: false }));
    app.get('/{*path}', (request, response, next) => {
      if (!request.accepts('html')) return next();
      response.set('Cache-Control', 'no-cache').sendFile('index.html', { root: dashboard });
    });
  }
  app.use(unknownRoute);
  app.use(errorHandler);
  return app;
};
