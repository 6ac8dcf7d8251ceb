import { expect, it } from 'vitest';
import { brandsOf } from '../brands.ts';
import { brands, networks } from '../networks.ts';
import { csv } from './csv.ts';

it('a CSV upload is a brand, and no network that can be asked', () => {
  expect(Object.keys(networks)).not.toContain(csv.slug);
  expect(Object.keys(brands)).toEqual([...Object.keys(networks), csv.slug]);
  expect(brandsOf(brands).find(({ slug }) => slug === csv.slug)).toMatchObject({
    authType: 'upload',
    baseUrl: null,
    rateLimit: null,
    status: 'active',
  });
});

it('a CSV upload says in sentences what may be in it', () => {
  for (const sentence of csv.limitations) expect(sentence).toMatch(/^[A-Z].{10,200}\.$/);
});
