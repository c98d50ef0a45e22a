import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Puts `name.br` and `name.gz` beside what is built, for the server to send as they are (server/platform/packedFiles.ts). */

const pack = { br: promisify(brotliCompress), gz: promisify(gzip) };
/** Of 11: the last two take fourteen times as long, and 8 % of the bytes away. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
const TEXT = /\.(m?js|css|json|svg)$/;
/** What fits into one packet anyway. */
const SMALL = 1_000;

export const packAssets = (): Plugin => ({
  name: 'pack-assets',
  apply: 'build',
  async writeBundle({ dir }, bundle) {
    const packed = async (name: string) => {
      const file = path.join(dir!, name);
      const source = await readFile(file);
      if (source.length < SMALL) return;
      await Promise.all([
        pack.br(source, BROTLI).then((bytes) => writeFile(`${file}.br`, bytes)),
        pack.gz(source, { level: 9 }).then((bytes) => writeFile(`${file}.gz`, bytes)),
      ]);
    };
    await Promise.all(
      Object.keys(bundle)
        .filter((name) => TEXT.test(name))
        .map(packed),
    );
  },
});
