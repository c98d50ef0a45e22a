import { readdirSync } from 'node:fs';
import express, { Router } from 'express';

/**
 * Serves the files of a build, packed where the build put `name.br` or `name.gz` beside `name` and the client takes
 * that: a third of the bytes, and no work at the time of asking. Neither Heroku's router nor Railway's packs them.
 */

/** The better one first. */
const PACKED = { br: '.br', gzip: '.gz' } as const;
const ENCODINGS = Object.keys(PACKED) as (keyof typeof PACKED)[];

/** `folder` holds files whose names carry a hash: none of them ever changes. Those there at the start are known. */
export const packedFiles = (folder: string): Router => {
  const there = new Set(readdirSync(folder));
  const router = Router();
  router.use((request, response, next) => {
    const name = request.path.slice(1);
    // One by one: of several, the client's order decides, and browsers name gzip first though they weigh all alike.
    const encoding = ENCODINGS.find((one) => request.acceptsEncodings(one) && there.has(`${name}${PACKED[one]}`));
    response.vary('Accept-Encoding');
    if (encoding) request.url = `/${name}${PACKED[encoding]}`;
    next();
  });
  router.use(
    express.static(folder, {
      immutable: true,
      maxAge: '1y',
      fallthrough: false,
      // Only once the file is found: an answer that it is missing is not packed.
      setHeaders: (response, path) => {
        const encoding = ENCODINGS.find((one) => path.endsWith(PACKED[one]));
        if (!encoding) return;
        response.set('Content-Encoding', encoding);
        response.type(path.slice(0, -PACKED[encoding].length).split('.').at(-1)!);
      },
    }),
  );
  return router;
};
