import { expect } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { squareAnswers, squareErrors } from './answers.ts';
import { type SquareBehaviour, squareBehaviours } from './behaviours.ts';
import { createSquareSandbox, type SquareSandbox, type SquareSandboxOptions } from './sandbox.ts';

export const startedAt = new Date('2026-11-21T12:00:00Z');
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** The title of a test that proves a behaviour. */
export const proves = (behaviour: SquareBehaviour) => squareBehaviours[behaviour].does;

interface Asked {
  token?: string | null;
  body?: object | string;
  headers?: Record<string, string>;
}

export interface TestSquare {
  readonly sandbox: SquareSandbox;
  readonly clock: VirtualClock;
  readonly token: string;
  /** Asks, and checks the answer against the schema of its route. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, checked by its schema.
  ask(route: string, asked?: Asked): Promise<{ status: number; body: any; headers: Headers }>;
  /** `code` of the one error, with its status. */
  refusal(route: string, asked?: Asked): Promise<[number, string]>;
}

/** Two locations, a token with every scope, a clock that stands still; without a network unless `url` is given. */
export function createTestSquare(options: SquareSandboxOptions = {}): TestSquare {
  const clock = createVirtualClock(startedAt);
  const locations = [
    { id: 'LMAIN', name: 'Zoo' },
    { id: 'LSIDE', name: 'Airport' },
  ];
  const sandbox = createSquareSandbox({ timeline: clock, merchants: [{ id: 'M1', locations }], ...options });
  const { accessToken: token } = sandbox.authorize(sandbox.merchant().id);

  const ask: TestSquare['ask'] = async (route, { token: given = token, body, headers = {} } = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const response = await sandbox.fetch(`https://square.invalid${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(given !== null && { authorization: `Bearer ${given}` }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === '' ? null : JSON.parse(text);
    check(method, path, response.status, parsed);
    return { status: response.status, body: parsed, headers: response.headers };
  };
  return {
    sandbox,
    clock,
    token,
    ask,
    refusal: async (route, asked) => {
      const { status, body } = await ask(route, asked);
      expect(body.errors).toHaveLength(1);
      return [status, body.errors[0].code];
    },
  };
}

function check(method: string, path: string, status: number, body: unknown): void {
  if (status === 302) return;
  if (status !== 200) {
    squareErrors.parse(body);
    return;
  }
  const [plain = ''] = path.split('?');
  const patterns = Object.entries(squareAnswers).map(([route, schema]) => ({ route, schema }));
  const found = patterns.find(({ route }) => {
    const pattern = new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`);
    return pattern.test(`${method} ${plain}`) && !(plain.endsWith('batch-retrieve') && route.includes(':'));
  });
  if (found === undefined) throw new Error(`No schema for ${method} ${plain}.`);
  found.schema.parse(body);
}
