import { randomUUID } from 'node:crypto';
import { pinoHttp } from 'pino-http';
import { log } from './log.ts';

/** Without its query: a tracking link carries its token there. */
const pathOf = (url: string | undefined) => url?.split('?', 1)[0];

/**
 * One line a request, with an id that is also answered as `X-Request-Id`; a proxy's own id is taken over. Healthy
 * checks are not worth a line: platforms ask every few seconds.
 */
export const requestLog = pinoHttp({
  logger: log,
  genReqId: (request, response) => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
    response.setHeader('X-Request-Id', id);
    return id;
  },
  customLogLevel: (request, response, error) => {
    if (error || response.statusCode >= 500) return 'error';
    if (request.url?.startsWith('/health') && response.statusCode < 400) return 'silent';
    // Two who want the same are no event for who keeps the server: one of them is told, hundreds of times in a sale.
    if (response.statusCode === 409 || response.statusCode === 412) return 'debug';
    return response.statusCode >= 400 ? 'info' : 'debug';
  },
  // The wrapped ones gather headers and addresses first, of which nothing is logged.
  wrapSerializers: false,
  serializers: {
    req: (request) => ({ id: request.id, method: request.method, path: pathOf(request.url) }),
    res: (response) => ({ statusCode: response.statusCode }),
  },
});
