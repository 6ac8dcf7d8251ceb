import type { DayWindow } from '@tributary/core/daily-stats';
import * as z from 'zod';

/** How the parts of a day stand in a file. */
export const dayFormats = {
  'YYYY-MM-DD': /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})$/,
  YYYYMMDD: /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
  'DD/MM/YYYY': /^(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})$/,
  'MM/DD/YYYY': /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})$/,
  'DD.MM.YYYY': /^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})$/,
  'DD-MM-YYYY': /^(?<day>\d{1,2})-(?<month>\d{1,2})-(?<year>\d{4})$/,
} as const;

type DayFormat = keyof typeof dayFormats;

/** Days of one upload at most. */
const mostDays = 400;
const dayMs = 86_400_000;

const window = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must not be before the first day' })
  .refine(isShort, { path: ['to'], message: `must be within ${mostDays} days of the first` });

/** What somebody declares of a file: nothing of it is guessed from what the file says. */
export const uploadFormat = z
  .strictObject({
    delimiter: z.enum([',', ';', '\t']).default(','),
    decimalMark: z.enum(['.', ',']).default('.'),
    /** What stands between thousands; '' where nothing does. */
    groupMark: z.enum(['', ',', '.', ' ', "'"]).default(''),
    dayFormat: z.enum(Object.keys(dayFormats) as [DayFormat, ...DayFormat[]]).default('YYYY-MM-DD'),
    /** The days that the file is about. Null: from its first to its last. */
    window: window.nullable().default(null),
    /** Whether it has all there is to say of these days: what it leaves out of them is then zero. */
    coversWindow: z.boolean().default(false),
  })
  .refine(({ decimalMark, groupMark }) => decimalMark !== groupMark, {
    path: ['groupMark'],
    message: 'must not be the decimal mark',
  })
  .refine(({ coversWindow, window }) => !coversWindow || window !== null, {
    path: ['window'],
    message: 'must be told when the file covers it',
  })
  .meta({ id: 'UploadFormat', description: 'How a file of daily statistics is written, and which days it is about.' });

export type UploadFormat = z.output<typeof uploadFormat>;

export function isShort({ from, to }: DayWindow): boolean {
  return Date.parse(to) - Date.parse(from) < mostDays * dayMs;
}
