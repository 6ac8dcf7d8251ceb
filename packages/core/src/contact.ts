import { domainToASCII } from 'node:url';
import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/core';
// The smallest of its three metadata sets: 84 KB that know each country's prefixes and lengths. With the code 122 KB minified and
// 5 ms of CPU at start; no dependencies; new metadata about every two weeks. Google's own port is 550 KB.
import metadata from 'libphonenumber-js/min/metadata';

/** Octets (RFC 5321, 4.5.3.1.1, and its erratum 1690). */
const maxBytes = { local: 64, address: 254 };

/**
 * E.164 has 15 digits at most; Japan's machines have more. Seven are those of Niue, the shortest there are: less is an extension that
 * somebody typed, and possible where landlines may be that short.
 */
const e164 = /^\+\d{7,15}$/;

/** What somebody has proven to be reached by, normalized; null for none. */
export interface VerifiedContacts {
  readonly email: string | null;
  /** E.164. */
  readonly mobile: string | null;
}

const hidden = '•••';
const hiddenDigits = '•••••';

/** White space, invisible characters and what RFC 5322 has outside of quotes for other purposes. */
const notInLocalPart = /[\p{Z}\p{Cc}\p{Cf}\p{Cs}"(),:;<>@[\\\]]|^\.|\.\.|\.$/u;
/** Of ASCII only what a host name has: the parser of URLs would decode %, cut at / and drop tabs. */
const hostCharacters = /^[a-z0-9.\-\u{80}-\u{10ffff}]+$/u;
/** Two labels at least, the last no number: an IP address is no domain. */
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * One spelling for one mailbox: trimmed, NFC, lower case, the domain in ASCII (UTS 46). Null for what cannot be an address; quoted
 * local parts and IP addresses as domains count as such.
 *
 * Dots and what follows a plus stay: two people may own `a.b@` and `ab@`. Case goes: hardly any provider of mail tells it apart.
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > 2 * maxBytes.address) return null;
  const address = text.normalize('NFC').toLowerCase().normalize('NFC').trim();
  const [local = '', host = '', ...more] = address.split('@');
  if (more.length > 0 || local === '' || notInLocalPart.test(local) || !hostCharacters.test(host)) return null;
  const domain = domainToASCII(host);
  if (!domainName.test(domain)) return null;
  const normalized = `${local}@${domain}`;
  const fits = Buffer.byteLength(local) <= maxBytes.local && Buffer.byteLength(normalized) <= maxBytes.address;
  return fits ? normalized : null;
}

/**
 * A phone number in E.164, `+14155550100`. A number without country code is one of `country` (ISO 3166-1 alpha-2); with one it may
 * be of any country. Null for what has no possible length there, has an extension, or is more than a number.
 *
 * Length and not range decides: operators open new ranges before any metadata knows them.
 */
export function normalizeMobile(text: string, country: string): string | null {
  const parsed = parse(text, country);
  if (!parsed?.isPossible() || parsed.ext !== undefined || !e164.test(parsed.number)) return null;
  // `+49 0030 …` loses one 0 each time it is read: it has no one spelling.
  return parse(parsed.number)?.number === parsed.number ? parsed.number : null;
}

/** What a cashier may see of a normalized address: `a•••@example.com`, the same number of dots whatever they hide. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 0) return hidden;
  const [first = '', ...others] = email.slice(0, at);
  // Of a local part of one character nothing would be hidden.
  return `${others.length > 0 ? first : ''}${hidden}${email.slice(at)}`;
}

/** What a cashier may see of an E.164 number: `+1•••••0100`. Of a number of fewer than eight digits the last two. */
export function maskMobile(mobile: string): string {
  const parsed = parse(mobile);
  if (!parsed) return hiddenDigits;
  const { countryCallingCode, nationalNumber } = parsed;
  return `+${countryCallingCode}${hiddenDigits}${nationalNumber.slice(nationalNumber.length < 8 ? -2 : -4)}`;
}

function parse(text: string, country = ''): PhoneNumber | undefined {
  const reading = isKnown(country) ? { extract: false, defaultCountry: country } : { extract: false };
  return parsePhoneNumberFromString(text, reading, metadata);
}

/** The parser refuses every number, international ones too, beside a country it does not know. */
function isKnown(country: string): country is CountryCode {
  return Object.hasOwn(metadata.countries, country);
}
