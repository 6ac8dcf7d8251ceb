import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outcomeOf } from './batch-outcome.ts';
import type { InvocationResult } from './lambda-error.ts';

const ids = ['a', 'b', 'c'];
const failing = (itemIdentifier: unknown) => ({ payload: { batchItemFailures: [{ itemIdentifier }] } });

const deletesAll: [string, InvocationResult][] = [
  ['null', { payload: null }],
  ['undefined', { payload: undefined }],
  ['{}', { payload: {} }],
  ['an empty list', { payload: { batchItemFailures: [] } }],
  ['a null list', { payload: { batchItemFailures: null } }],
  ['a list under another name', { payload: { failures: [{ itemIdentifier: 'a' }] } }],
];
test.each(deletesAll)('%s deletes the whole batch', (_, result) => {
  expect(outcomeOf(ids, result)).toEqual({ succeeded: ids, failed: [] });
});

const returnsAll: [string, InvocationResult][] = [
  ['a function error', { functionError: 'Unhandled', payload: { errorType: 'Error', errorMessage: 'no' } }],
  ['an empty id', failing('')],
  ['a null id', failing(null)],
  ['an unknown id', failing('z')],
  ['a numeric id', failing(1)],
  ['a bad key name', { payload: { batchItemFailures: [{ itemId: 'a' }] } }],
  ['a null failure', { payload: { batchItemFailures: [null] } }],
  [
    'one good and one unknown id',
    { payload: { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'z' }] } },
  ],
  ['a list that is none', { payload: { batchItemFailures: 'a' } }],
  ['a text', { payload: 'ok' }],
  ['an array', { payload: [] }],
];
test.each(returnsAll)('%s returns the whole batch', (_, result) => {
  expect(outcomeOf(ids, result)).toEqual({ succeeded: [], failed: ids });
});

test('exactly the reported messages return, whatever their number, order and repetition', () => {
  const batch = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 50 });
  const reported = batch.chain((all) => fc.record({ all: fc.constant(all), some: fc.array(fc.constantFrom(...all)) }));
  fc.assert(
    fc.property(reported, ({ all, some }) => {
      const payload = { batchItemFailures: some.map((itemIdentifier) => ({ itemIdentifier })) };
      const { succeeded, failed } = outcomeOf(all, { payload });
      expect(new Set(failed)).toEqual(new Set(some));
      expect([...succeeded, ...failed].toSorted()).toEqual(all.toSorted());
    }),
  );
});
