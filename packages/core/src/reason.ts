import * as z from 'zod';

/** An e-mail address, or a telephone number as one is written so that it is known for one. */
const contact = /\S@\S+\.\S|\+\d[\d\s().-]{6,}\d|\(\d{3}\)\s*\d{3}/;

/** Why somebody does by hand what no sale did: told to whoever asks later, for ever, so nothing by which to reach a person belongs in it. */
export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine((text) => !contact.test(text), 'must not hold an e-mail address or a telephone number');
