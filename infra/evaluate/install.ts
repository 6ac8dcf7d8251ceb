import { ensurePlatform } from './platform.ts';

const startedAt = performance.now();
const outcome = await ensurePlatform();
console.error(`SST platform ${outcome} (${Math.round((performance.now() - startedAt) / 1000)} s)`);
