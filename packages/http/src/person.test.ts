import { describe, expect, it } from 'vitest';
import { personAuthenticator } from './person.ts';

const session = { userId: 'a-user', sessionId: 'a-session' };
const asked: string[] = [];
const authenticate = personAuthenticator(async (cookie) => {
  asked.push(cookie);
  return cookie === 'session=good' ? session : null;
});
const of = (cookie?: string) => authenticate(new Headers(cookie === undefined ? {} : { cookie }));

describe('a person', () => {
  it('is who the cookie stands for', async () => {
    expect(await of('session=good')).toEqual({
      ...{ role: 'user', subject: 'a-user', sessionId: 'a-session' },
      ...{ cookie: 'session=good', newCookies: [] },
    });
  });

  it.each([['session=bad'], [undefined]])('is a visitor with %s', async (cookie) => {
    expect(await of(cookie)).toMatchObject({ role: 'visitor', subject: 'visitor', sessionId: null });
  });

  it('is a visitor, asked of nobody, with more cookies than a browser keeps', async () => {
    asked.length = 0;
    const cookie = `session=good; more=${'x'.repeat(8192)}`;
    expect(await of(cookie)).toMatchObject({ role: 'visitor', cookie: '' });
    expect(asked).toEqual([]);
  });

  it('is another each time: cookies of one answer are never of the next', async () => {
    const [one, other] = [await of(), await of()];
    one.newCookies.push('a=b');
    expect(other.newCookies).toEqual([]);
  });
});
