import * as z from 'zod';

/**
 * An object whose keys are read without their case and underscores, for a network that writes `BrandId`, `brandId` and `brand_id`.
 * The names of the shape are written so: `brandid`.
 */
export function plainKeys<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(
    (input) =>
      isObject(input)
        ? Object.fromEntries(
            Object.entries(input).map(([key, value]) => [key.toLowerCase().replaceAll('_', ''), value]),
          )
        : input,
    z.object(shape),
  );
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
