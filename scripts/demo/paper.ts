import { crc32, deflateSync } from 'node:zlib';
import type { Random } from './random.ts';
import { pick, whole } from './random.ts';

/** Small real files to upload: a one-page PDF of text, and a picture of a container as PNG. */

/** Text in a PDF string: brackets and backslashes are escaped, what is not Latin-1 becomes a question mark. */
const pdfText = (line: string) => line.replace(/[\\()]/g, '\\$&').replace(/[^\x20-\xff]/g, '?');

/** One A4 page (595 × 842 points) with a heading and lines under it. */
export const makePdf = (heading: string, lines: readonly string[]): Buffer => {
  const text = [
    `BT /F1 18 Tf 56 770 Td (${pdfText(heading)}) Tj ET`,
    ...lines.map((line, index) => `BT /F1 11 Tf 56 ${730 - index * 18} Td (${pdfText(line)}) Tj ET`),
  ].join('\n');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${Buffer.byteLength(text, 'latin1')} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.lastIndexOf('xref\n0')}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
};

const pngChunk = (kind: string, data: Buffer) => {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
};

type Colour = readonly [red: number, green: number, blue: number];
const PAINTS: Colour[] = [
  [178, 58, 46],
  [34, 92, 138],
  [46, 112, 74],
  [196, 120, 36],
  [88, 96, 108],
];

/** A container's corrugated side, with a dent now and then. */
export const makePhoto = (random: Random): Buffer => {
  const width = 480;
  const height = 270;
  const paint = pick(random, PAINTS);
  const dent = { x: whole(random, 90, 390), y: whole(random, 90, 190), radius: whole(random, 12, 34) };
  const colourAt = (x: number, y: number): Colour => {
    if (y < 36) return [206, 218, 228];
    if (y > 234) return [104, 104, 100];
    const inside = x > 30 && x < 450 && y > 48 && y < 228;
    const light = inside ? 0.86 + 0.14 * Math.sin(x / 4) : 0.62;
    const depth = Math.hypot(x - dent.x, y - dent.y) < dent.radius ? 0.7 : 1;
    return paint.map((part) => Math.round(part * light * depth)) as unknown as Colour;
  };
  // A filter byte of 0 stands before every row.
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) rows.set(colourAt(x, y), y * (width * 3 + 1) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, red-green-blue.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
};
