import type { JsonSchema } from '@tributary/http/openapi';
import fc from 'fast-check';

type Components = Readonly<Record<string, JsonSchema>>;

const maxSafe = Number.MAX_SAFE_INTEGER;
const manyAtMost = 4;

/** Values that a published schema allows. @throws Error for a keyword nobody thought of here */
export function drawnFrom(schema: JsonSchema, components: Components): fc.Arbitrary<unknown> {
  const inner = (one: unknown) => drawnFrom(one as JsonSchema, components);
  const { $ref, anyOf, oneOf, allOf, enum: words, const: single, type } = schema;
  if (typeof $ref === 'string') return inner(components[$ref.replace('#/components/schemas/', '')]);
  if (Array.isArray(anyOf ?? oneOf)) return fc.oneof(...((anyOf ?? oneOf) as unknown[]).map(inner));
  if (Array.isArray(allOf)) return inner(Object.assign({}, ...allOf));
  if (Array.isArray(words)) return fc.constantFrom(...words);
  if ('const' in schema) return fc.constant(single);
  const make = byType[String(type)];
  if (!make) throw new Error(`say how to draw what is described as ${JSON.stringify(schema)}`);
  return make(schema, inner);
}

type Make = (schema: JsonSchema, inner: (one: unknown) => fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>;

const byType: Readonly<Record<string, Make>> = {
  string: textOf,
  integer: ({ minimum, exclusiveMinimum, maximum }) =>
    fc.integer({
      min: Number(minimum ?? (exclusiveMinimum === undefined ? -maxSafe : Number(exclusiveMinimum) + 1)),
      max: Number(maximum ?? maxSafe),
    }),
  // Fifteen digits: more are refused, because a reader may round them.
  number: ({ minimum, exclusiveMinimum, maximum }) =>
    fc
      .double({ min: Number(minimum ?? exclusiveMinimum ?? -1e9), max: Number(maximum ?? 1e9), noNaN: true })
      .map((value) => Number(value.toPrecision(12)) + 0),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  array: ({ items, minItems, maxItems }, inner) =>
    fc.array(inner(items), {
      minLength: Number(minItems ?? 0),
      maxLength: Math.min(Number(maxItems ?? manyAtMost), manyAtMost),
    }),
  object: ({ properties = {}, required = [], additionalProperties }, inner) => {
    const named = Object.entries(properties as Record<string, unknown>);
    const model = Object.fromEntries(named.map(([name, one]) => [name, inner(one)]));
    const known = fc.record(model, { requiredKeys: required as string[] });
    if (typeof additionalProperties !== 'object') return known;
    const others = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), inner(additionalProperties), { maxKeys: 3 });
    return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...own }));
  },
};

function textOf({ format, pattern, minLength, maxLength }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return someDay.map((day) => day.toISOString());
  if (format === 'date') return someDay.map((day) => day.toISOString().slice(0, 10));
  if (format !== undefined && format !== 'email') throw new Error(`say how to draw a text of format ${format}`);
  if (format === 'email') return fc.emailAddress();
  const lengths = { minLength: Number(minLength ?? 0), maxLength: Math.min(Number(maxLength ?? 60), 60) };
  const any = fc.oneof(fc.string(lengths), fc.string({ ...lengths, unit: 'grapheme' }));
  if (typeof pattern !== 'string') return any;
  if (!pattern.includes('\\p')) return fc.stringMatching(new RegExp(pattern));
  const wanted = new RegExp(pattern, 'u');
  return fc.string({ ...lengths, minLength: 1, unit: 'grapheme' }).filter((text) => wanted.test(text));
}

const someDay = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

/** What stands where it does not belong. All of it is JSON. */
const misfits: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, maxSafe, '', ' ', 'x'.repeat(5_000), '2026-13-45T99:99:99Z', '=1+1'],
  ...[[], [[]], {}, { a: {} }, ['x'], '\u0000', '\ud800', '🦄'.repeat(300), '../..', '%00'],
];

/** The value with something in it that is not as it should be, most likely: replaced, left out, or too much. */
export function brokenFrom(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const how = fc.record({
    at: fc.nat(50),
    what: fc.constantFrom(...misfits),
    act: fc.constantFrom('replace', 'drop', 'add'),
  });
  return fc.tuple(value, how).map(([sound, { at, what, act }]) => {
    const broken = structuredClone(sound);
    const places = placesIn(broken);
    const place = places[at % (places.length || 1)];
    if (!place || typeof broken !== 'object' || broken === null) return what;
    if (act === 'replace') place.holder[place.name] = what;
    if (act === 'drop') delete place.holder[place.name];
    if (act === 'add' && !Array.isArray(place.holder)) place.holder.unheard = what;
    return broken;
  });
}

interface Place {
  holder: Record<string, unknown>;
  name: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}

/** Texts that a value holds, wherever. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
