import { writeFileSync } from 'node:fs';
import { openApiText } from './routes/openapi.ts';

// Run after a route changed: `node functions/api/write-openapi.ts`. A test compares the file with the routes.
writeFileSync(new URL('../../packages/docs/openapi.json', import.meta.url), openApiText());
