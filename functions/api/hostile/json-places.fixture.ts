/** Where something stands in a JSON value: keys and indices from the root. */
export type Path = readonly (string | number)[];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Every object in the value, itself included; not the arrays. */
export function objectsIn(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [];
  const within = Object.entries(value).flatMap(([name, member]) =>
    objectsIn(member, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return Array.isArray(value) ? within : [path, ...within];
}

/** Every text in the value. */
export function textPlacesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    textPlacesIn(member, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}

/** A copy with something else at that place. */
export function replacedAt(value: unknown, [name, ...rest]: Path, change: (former: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  if (Array.isArray(value)) return value.map((one, at) => (at === name ? replacedAt(one, rest, change) : one));
  const entries = Object.entries(value as object);
  return Object.fromEntries(entries.map(([key, one]) => [key, key === name ? replacedAt(one, rest, change) : one]));
}
