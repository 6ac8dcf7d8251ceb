import { normalizeEmail } from '@tributary/core/contact';
import * as z from 'zod';

/** One spelling for one mailbox: of who signs up, who is invited, and customers. */
export const emailAddress = z
  .string()
  .max(320)
  .transform((text) => normalizeEmail(text) ?? '')
  .pipe(z.email());
