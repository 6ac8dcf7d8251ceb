/** Tells whoever watches. Ids, counts and words of ours only; nothing a provider wrote, and no token. */
export type Report = (
  level: 'INFO' | 'WARN' | 'ERROR',
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null | undefined>>,
) => void;
