import * as z from 'zod';
import { currency, minorUnits } from '../fields.ts';

/** https://developer.squareup.com/reference/square/objects/Money */
export const squareMoney = z.looseObject({ amount: minorUnits, currency });
