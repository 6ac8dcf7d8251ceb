import { bombs, bombTarget } from '@tributary/http/edge/bombs.fixture';
import { answer } from '../child.ts';

export interface BombReport {
  name: string;
  ms: number;
}

/** The slowest refusal, each bomb met once. The first request of a process loads what every request needs, so it is an honest one. */
answer(async (): Promise<BombReport> => {
  await bombTarget.request('/v1/wallets', {
    method: 'POST',
    body: '{"name":"Ada"}',
    headers: { 'content-type': 'application/json' },
  });
  let slowest: BombReport = { name: '', ms: 0 };
  for (const [name, body, status, extra] of bombs) {
    const sent = body();
    const headers = { 'content-type': 'application/json', ...extra };
    const startedAt = performance.now();
    const response = await bombTarget.request('/v1/wallets', { method: 'POST', body: sent, headers });
    const ms = performance.now() - startedAt;
    if (response.status !== status) throw new Error(`${name} is answered ${response.status}`);
    if (ms > slowest.ms) slowest = { name, ms };
  }
  return slowest;
});
