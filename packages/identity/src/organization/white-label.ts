import * as z from 'zod';

const color = z.string().regex(/^#[0-9a-f]{6}$/, 'must be a color such as #1a2b3c');

/** What an organization shows in place of our name. */
export const whiteLabel = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe('In place of ours.'),
    logoUrl: z
      .string()
      .max(500)
      .refine(isPublicHttps, 'must be an https address of a public host')
      .nullable()
      .describe('Fetched by browsers, never by us.'),
    colors: z.strictObject({ primary: color, accent: color, background: color }).nullable(),
  })
  .meta({ id: 'WhiteLabel', description: 'A name, a logo and colors in place of ours.' });

/** An address that may stand in a page: written as browsers write it, so without quotes, spaces and names for who asks. */
function isPublicHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { href, protocol, username, password, hostname, port } = new URL(text);
  const named = /^([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/.test(hostname) && !/\.(local|localhost|internal)$/.test(hostname);
  return href === text && protocol === 'https:' && `${username}${password}${port}` === '' && named;
}
