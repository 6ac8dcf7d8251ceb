import { isUtf8 } from 'node:buffer';
import { ResponseMismatch } from './wire.ts';

/** Answered in place of JSON: bytes to be kept as a file. */
export interface FileKind {
  readonly mediaType: keyof typeof fileTypes;
  /** Whether it comes page by page, the next one named in `Link`. */
  readonly isPaged: boolean;
}

/** What a handler answers with where its route promises a file. */
export interface FileAnswer {
  /** What to call it, extension included. Whatever is no plain letter or digit gives way to `-`. */
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of a page: the signed cursor behind it, null on the last one. */
  readonly nextCursor?: string | null;
}

export type SoundFile = FileAnswer & { readonly kind: FileKind };

/** What there are files of: how they are named, what OpenAPI says of them, and by what bytes are known to be one. */
export const fileTypes = {
  'application/pdf': {
    contentType: 'application/pdf',
    extension: 'pdf',
    schema: { type: 'string', format: 'binary' },
    isSound: (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 5)).toString('latin1') === '%PDF-',
  },
  'text/csv': {
    contentType: 'text/csv; charset=utf-8',
    extension: 'csv',
    schema: { type: 'string' },
    isSound: (bytes: Uint8Array) => isUtf8(bytes),
  },
} as const;

/** In base64 it is still below the 6 MB that Lambda hands on, headers included. */
export const maxFileBytes = 4 * 1024 * 1024;

export function isFile(response: object): response is FileKind {
  return 'mediaType' in response;
}

/**
 * A file that is what its route promises.
 * @throws ResponseMismatch for bytes of another kind, for more of them than can leave, and for a page that does not say what follows
 */
export function soundFile(kind: FileKind, file: FileAnswer): SoundFile {
  const { bytes, nextCursor } = file;
  const isSound = bytes.byteLength <= maxFileBytes && fileTypes[kind.mediaType].isSound(bytes);
  if (!isSound) throw new ResponseMismatch(['bytes']);
  if (kind.isPaged !== (nextCursor !== undefined)) throw new ResponseMismatch(['nextCursor']);
  return { ...file, kind };
}

/**
 * The headers of a file: always one to save and never one to show, whatever its name holds (RFC 6266), with the extension of what it is;
 * the next page by `Link` (RFC 8288), relative, because the address in front of this one is not ours to know.
 */
export function fileHeaders(url: string, { kind, fileName, nextCursor }: SoundFile): Record<string, string> {
  const { contentType, extension } = fileTypes[kind.mediaType];
  return {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${safeStem(fileName, extension)}.${extension}"`,
    ...(nextCursor && { link: `<${nextPage(url, nextCursor)}>; rel="next"` }),
  };
}

function safeStem(fileName: string, extension: string): string {
  const stem = fileName.endsWith(`.${extension}`) ? fileName.slice(0, -extension.length - 1) : fileName;
  const words = stem.slice(0, 100).match(/[A-Za-z0-9_]+/g) ?? ['file'];
  return words.join('-');
}

function nextPage(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set('cursor', cursor);
  return `${pathname}?${searchParams}`;
}
