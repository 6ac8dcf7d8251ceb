// A handler with one behaviour per kind of event, for the tests of the local Lambda.
let invocations = 0;

export async function handler(event, context) {
  invocations += 1;
  switch (event.do) {
    case 'count':
      return { invocations };
    case 'echo':
      return { event, env: process.env, context: { ...context, remainingMs: context.getRemainingTimeInMillis() } };
    case 'nothing':
      return undefined;
    case 'throw':
      throw new RangeError('out of range');
    case 'hang':
      return new Promise(() => setInterval(() => undefined, 1000));
    case 'spin':
      for (;;);
    case 'exit':
      return process.exit(3);
    case 'crash-later':
      setTimeout(() => {
        throw new Error('unhandled');
      });
      return new Promise(() => undefined);
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, event.ms));
      return { invocations };
    case 'large':
      return 'x'.repeat(6 * 1024 * 1024);
    default:
      throw new Error(`unknown: ${event.do}`);
  }
}
