import { inflateSync } from 'node:zlib';

/** The texts of a PDF in the order they are drawn: of the content streams, what is shown by `Tj` in the standard fonts' encoding. */
export function textsOf(pdf: Uint8Array): string[] {
  const bytes = Buffer.from(pdf).toString('latin1');
  return [...bytes.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)]
    .flatMap(([, stream = '']) => {
      const drawn = inflateSync(Buffer.from(stream, 'latin1')).toString('latin1');
      const shown = [...drawn.matchAll(/<([0-9A-F]*)> Tj/g)];
      return shown.map(([, hex = '']) => new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex')));
    })
    .filter((text) => text !== '');
}
