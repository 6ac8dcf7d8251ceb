import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { XeroOptions } from './simulator.ts';
import { behaves, createReceiver, type Receiver, type Stage, setStage } from './xero.fixture.ts';

const url = 'https://receiver.invalid/xero';

let stage: Stage;
let receiver: Receiver;
let key: string;
const hash = (secret: string, body: Buffer) => createHmac('sha256', secret).update(body).digest('base64');

const begin = async (webhooks: XeroOptions['webhooks'] = {}) => {
  receiver = createReceiver((body, signature) => signature === hash(key, body));
  stage = setStage({ webhooks: { fetch: receiver.fetch, ...webhooks } });
  await stage.connect();
  key = stage.xero.webhooks.subscribe({ url });
  await stage.xero.webhooks.testIntentToReceive();
};
beforeEach(() => begin());

const respond = (status: number, init: ResponseInit = {}, body: string | null = null) =>
  new Response(body, { status, ...init });

describe('the round before', () => {
  behaves('intentToReceive', async () => {
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

  const verdicts: [string, (isSigned: boolean) => Response | Promise<Response>, string[][]][] = [
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
      async (isSigned) => {
        await stage.clock.advance(isSigned ? 5001 : 5000);
        return respond(isSigned ? 200 : 401);
      },
      [[], ['too_slow']],
    ],
    ['nobody is there', () => Promise.reject(new TypeError('fetch failed')), [['no_answer'], ['no_answer']]],
  ];
  it.each(verdicts)('is not passed when %s', async (_name, answer, [wrong, right]) => {
    await begin({
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const body = Buffer.from(await request.arrayBuffer());
        return answer(request.headers.get('x-xero-signature') === hash(key, body));
      },
    });
    const { isPassed, probes } = await stage.xero.webhooks.testIntentToReceive();
    expect([isPassed, stage.xero.webhooks.status()]).toEqual([false, 'untested']);
    for (const { isSignedRightly, problems } of probes) expect(problems).toEqual(isSignedRightly ? right : wrong);
  });
});
