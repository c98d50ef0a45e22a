import { unsupportedMediaType } from '../platform/errors.ts';

/** What a document may be, told by its content, with the endings a name may have for it. */
const ENDINGS: Record<string, string[]> = {
  'application/pdf': ['.pdf'],
  'image/png': ['.png'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/webp': ['.webp'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['.xlsx'],
  'text/csv': ['.csv'],
};

/** CSV has no signature: text in UTF-8 without control characters that does not start like markup. */
const looksLikeCsv = (content: Buffer): boolean => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return false;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
  return text.trim() !== '' && !/^\s*</.test(text) && !/[\u0000-\u0008\u000e-\u001f]/.test(text);
};

/** The media type of an upload. Throws UNSUPPORTED_MEDIA_TYPE unless it is one that we keep. */
export const mimeTypeOf = async (content: Buffer, fileName: string): Promise<string> => {
  const { fileTypeFromBuffer } = await import('file-type');
  const mime = (await fileTypeFromBuffer(content))?.mime;
  if (mime && mime in ENDINGS) return mime;
  if (!mime && /\.csv$/i.test(fileName) && looksLikeCsv(content)) return 'text/csv';
  throw unsupportedMediaType('Upload a PDF, PNG, JPEG, WebP, XLSX or CSV file; the content decides, not the name');
};

const MAX_NAME = 200;

/**
 * The last part of a path as a readable name of at most 200 characters: nothing that a header, a shell or a file
 * system could take for something else. It ends as its type does: a PDF called x.html would be a page to whoever
 * opens it after downloading.
 */
export const cleanFileName = (given: string, mimeType: string): string => {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const visible = last
    // biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/["<>:|?*]/g, '_')
    .replace(/^\.+/, '')
    .trim();
  const endings = ENDINGS[mimeType] ?? [];
  const found = endings.find((ending) => visible.toLowerCase().endsWith(ending));
  const ending = found ? visible.slice(-found.length) : (endings[0] ?? '');
  const stem = found ? visible.slice(0, -found.length) : visible;
  // Never half of a character that UTF-16 writes as two.
  const cut = stem.slice(0, MAX_NAME - ending.length).replace(/[\ud800-\udbff]$/, '');
  return `${cut || 'document'}${ending}`;
};
