import * as z from 'zod';

/** Why somebody does by hand what no sale did: told to whoever asks later. */
export const reason = z.string().trim().min(1).max(500);
