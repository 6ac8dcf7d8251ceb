import { PermanentFailure } from '@tributary/core/errors';

/** Units of a currency for one euro on a day. */
export interface PublishedRate {
  /** YYYY-MM-DD. */
  day: string;
  /** ISO 4217. */
  currency: string;
  /** A decimal number as it was published. */
  rate: string;
}

const element = /<([^<>]{1,500})>/g;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"<&]*)"|'([^'<&]*)')/g;

/** What the file is made of beside cubes: a declaration, the envelope and who sends it. */
const surrounding = /^(\?xml\s[^<]*\?|\/?gesmes:(Envelope|subject|Sender|name)(\s[^<]*)?|\/Cube)$/;

/**
 * Reads the European Central Bank's reference rates: `eurofxref-daily.xml`, and the histories of the same form. Everything in them is three
 * attributes of elements `Cube`: one with `time` for a day, in it one with `currency` and `rate` for each currency. So this reads
 * those and refuses whatever else there may be in XML (document types, entities, comments, other elements) instead of
 * understanding it. @see https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
 * @throws PermanentFailure `not_ecb_rates`
 */
export function readEcbFile(xml: string): PublishedRate[] {
  const rates: PublishedRate[] = [];
  let day: string | null = null;
  const tags = [...xml.matchAll(element)];
  if (tags.length !== xml.split('<').length - 1) throw refused();
  for (const [, tag = ''] of tags) {
    if (surrounding.test(tag)) continue;
    const { time, currency, rate, ...others } = readCube(tag);
    if (Object.keys(others).length > 0) throw refused();
    if (time !== undefined) day = matching(time, /^\d{4}-\d{2}-\d{2}$/);
    if (currency === undefined && rate === undefined) continue;
    if (day === null) throw refused();
    rates.push({
      day,
      currency: matching(currency, /^[A-Z]{3}$/),
      rate: matching(rate, /^(?=.*[1-9])\d{1,7}(\.\d{1,6})?$/),
    });
  }
  if (rates.length === 0 || !xml.trimEnd().endsWith('</gesmes:Envelope>')) throw refused();
  return rates;
}

function readCube(tag: string): Record<string, string> {
  const [, content] = /^Cube(\s[^<]*?)?\s*\/?$/.exec(tag) ?? [];
  if (!tag.startsWith('Cube') || content?.replaceAll(attribute, '').trim()) throw refused();
  if (content === undefined && !/^Cube\s*\/?$/.test(tag)) throw refused();
  return Object.fromEntries(
    [...(content ?? '').matchAll(attribute)].map(([, name = '', double, single]) => [name, double ?? single ?? '']),
  );
}

function matching(text: string | undefined, pattern: RegExp): string {
  if (text === undefined || !pattern.test(text)) throw refused();
  return text;
}

const refused = () => new PermanentFailure('not_ecb_rates', 'This is no file of reference rates.');
