import { type CsvCell, csvLine } from '@tributary/core/csv';
import { verb } from '@tributary/core/verb';
import { type TenantContext, withTenant } from '@tributary/db/transaction';
import * as z from 'zod';
import { type Chained, chainedFields } from './chain/chain-hash.ts';
import { readLinks, type StoredLink } from './chain/read-links.ts';

export const exportFormat = z.enum(['ndjson', 'csv']);

/** A page at most: what Lambda answers is 6 MB, of which JSON may double a text. */
const mostCharacters = 1_500_000;

const exportInput = z.strictObject({
  format: exportFormat,
  after: z.int().nonnegative(),
  limit: z.int().positive(),
});

interface Exported {
  /** Whole lines. CSV that starts at the beginning begins with the names of its columns. */
  text: string;
  /** The number to continue behind; null when these were the last. */
  nextAfter: number | null;
}

/** The organization's records in the order they are chained, with all that is needed to compute the chain elsewhere. */
export const exportRecords = verb(
  exportInput,
  async (context: TenantContext, { format, after, limit }): Promise<Exported> => {
    const links = await withTenant(context, (tx) => readLinks(tx, { after, limit: limit + 1 }));
    const shown = fitting(links.slice(0, limit).map(lineOf[format]));
    const header = format === 'csv' && after === 0 ? csvLine([...chainedFields, 'hash']) : '';
    const last = links[shown.length - 1];
    return { text: header + shown.join(''), nextAfter: last && links.length > shown.length ? last.seq : null };
  },
);

/** At least one, so that nobody asks for it for ever. */
function fitting(lines: readonly string[]): readonly string[] {
  let characters = 0;
  const tooFar = lines.findIndex((line, index) => {
    characters += line.length;
    return index > 0 && characters > mostCharacters;
  });
  return tooFar === -1 ? lines : lines.slice(0, tooFar);
}

const lineOf: Readonly<Record<z.output<typeof exportFormat>, (link: StoredLink) => string>> = {
  ndjson: (link) => `${JSON.stringify({ ...saidBy(link), hash: link.hash })}\n`,
  csv: (link) => csvLine([...Object.values(saidBy(link)), link.hash]),
};

/** What is chained, by name and in the order it is hashed. Of a link whose record is gone: what the link itself says. */
function saidBy({ record, formula, seq, recordId }: StoredLink): Record<string, CsvCell> {
  const said: Partial<Chained> = record ?? { formula, seq, recordId };
  return Object.fromEntries(chainedFields.map((name) => [name, said[name] ?? null]));
}
