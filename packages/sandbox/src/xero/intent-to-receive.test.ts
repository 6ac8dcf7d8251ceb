import { describe, expect, it } from 'vitest';
import type { VirtualClock } from '../kernel/virtual-clock.ts';
import { hash, openReceiver, url } from './receiver.fixture.ts';
import { behaves, setStage } from './xero.fixture.ts';

const respond = (status: number, init: ResponseInit = {}, body: string | null = null) =>
  new Response(body, { status, ...init });

describe('the round before', () => {
  behaves('intentToReceive', async () => {
    const { stage, receiver } = await openReceiver();
    const outcome = await stage.xero.webhooks.testIntentToReceive();
    expect([outcome.isPassed, stage.xero.webhooks.status()]).toEqual([true, 'ok']);
    expect(outcome.probes.map(({ isSignedRightly, status }) => [isSignedRightly, status]).sort()).toEqual([
      [false, 401],
      [false, 401],
      [true, 200],
      [true, 200],
    ]);
    expect(JSON.parse(receiver.received[0]?.body.toString() ?? '')).toEqual({
      events: [],
      firstEventSequence: 0,
      lastEventSequence: 0,
      entropy: expect.stringMatching(/^[A-Z]{20}$/),
    });
  });

  type Answer = (isSigned: boolean, clock: VirtualClock) => Response | Promise<Response>;
  const verdicts: [string, Answer, string[][]][] = [
    ['all is taken', () => respond(200), [['wrong_status'], []]],
    ['nothing is taken', () => respond(401), [[], ['wrong_status']]],
    ['204 stands for 200', (isSigned) => respond(isSigned ? 204 : 401), [[], ['wrong_status']]],
    ['403 stands for 401', (isSigned) => respond(isSigned ? 200 : 403), [['wrong_status'], []]],
    ['there is a body', (isSigned) => respond(isSigned ? 200 : 401, {}, 'ok'), [['has_body'], ['has_body']]],
    [
      'there is a cookie',
      (isSigned) => respond(isSigned ? 200 : 401, { headers: { 'set-cookie': 'a=b' } }),
      [['sets_cookie'], ['sets_cookie']],
    ],
    [
      'it takes longer than 5 s',
      async (isSigned, clock) => {
        await clock.advance(isSigned ? 5001 : 5000);
        return respond(isSigned ? 200 : 401);
      },
      [[], ['too_slow']],
    ],
    ['nobody is there', () => Promise.reject(new TypeError('fetch failed')), [['no_answer'], ['no_answer']]],
  ];
  it.each(verdicts)('is not passed when %s', async (_name, answer, [wrong, right]) => {
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const body = Buffer.from(await request.arrayBuffer());
      return answer(request.headers.get('x-xero-signature') === hash(key, body), clock);
    };
    const { clock, xero, connect } = setStage({ webhooks: { fetch } });
    await connect();
    const key = xero.webhooks.subscribe({ url });
    const { isPassed, probes } = await xero.webhooks.testIntentToReceive();
    expect([isPassed, xero.webhooks.status()]).toEqual([false, 'untested']);
    for (const { isSignedRightly, problems } of probes) expect(problems).toEqual(isSignedRightly ? right : wrong);
  });
});
