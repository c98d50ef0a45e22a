import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import {
  announcementsRouter,
  digestRouter,
  inventoryRouter,
  notificationsRouter,
  ordersRouter,
  transfersRouter,
} from './commerce/controller.ts';
import { onlineRouter } from './commerce/onlineController.ts';
import { webhooksRouter } from './commerce/webhooksController.ts';
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
import { packedFiles } from './platform/packedFiles.ts';
import { requestLog } from './platform/requestLog.ts';
import { gatewayRouter } from './seats/gatewayController.ts';
import { paymentsRouter } from './seats/paymentsController.ts';
import { routesAccess, routesRouter } from './seats/routesController.ts';
import { ticketsRouter } from './seats/ticketsController.ts';
import { shipmentsRouter } from './shipments/controller.ts';
import { warehousesRouter } from './shipments/warehousesController.ts';
import { trackingRouter } from './tracking/controller.ts';
import { trackingPage } from './tracking/page.ts';
import { vendorsRouter } from './vendors/controller.ts';

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
  // The gateway's signature is over the raw bytes.
  app.use('/api/payments/webhook', gatewayRouter);
  app.use(express.json({ limit: '1mb' }));

  app.use('/api/auth', authRouter);
  app.use('/api/shipments', authenticate, httpLimit, shipmentsRouter);
  app.use('/api/warehouses', authenticate, httpLimit, warehousesRouter);
  app.use('/api/routes', routesAccess, httpLimit, routesRouter);
  app.use('/api/tickets', authenticate, httpLimit, ticketsRouter);
  app.use('/api/payments', authenticate, httpLimit, paymentsRouter);
  app.use('/api/vendors', authenticate, httpLimit, vendorsRouter);
  app.use('/api/orders', authenticate, httpLimit, ordersRouter);
  app.use('/api/inventory', authenticate, httpLimit, inventoryRouter);
  app.use('/api/transfers', authenticate, httpLimit, transfersRouter);
  app.use('/api/notifications', authenticate, httpLimit, notificationsRouter);
  app.use('/api/announcements', authenticate, httpLimit, announcementsRouter);
  app.use('/api/digest', authenticate, httpLimit, digestRouter);
  app.use('/api/webhooks', authenticate, httpLimit, webhooksRouter);
  app.use('/api/tracking', trackingRouter);
  // Mounted nowhere in particular: what stands behind them would try each of their routes first.
  app.use(operationsRouter);
  app.use(docsRouter);
  app.use(onlineRouter);
  app.use('/api', authenticate, httpLimit, unknownRoute);
  app.use('/track', trackingPage(dashboard && `${dashboard}/index.html`));

  if (dashboard) {
    // Built files carry a hash in their names; the page that names them does not.
    app.use('/assets', packedFiles(`${dashboard}/assets`));
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
