import { describe, expect, it } from 'vitest';
import { isTransient, sqlState, violatedConstraint } from './sqlstate.ts';

const withCode = (code: string) => Object.assign(new Error('from the server'), { code });

describe('isTransient', () => {
  it.each([
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['53300', 'too_many_connections'],
    ['55P03', 'lock_not_available'],
    ['57P01', 'admin_shutdown'],
    ['57P02', 'crash_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['08000', 'connection_exception'],
    ['08001', 'sqlclient_unable_to_establish_sqlconnection'],
    ['08003', 'connection_does_not_exist'],
    ['08006', 'connection_failure'],
    ['08P01', 'protocol_violation'],
  ])('%s %s may succeed when run again', (code) => {
    expect(isTransient(withCode(code))).toBe(true);
  });

  it.each([
    ['22003', 'numeric_value_out_of_range'],
    ['22P02', 'invalid_text_representation'],
    ['22P05', 'untranslatable_character'],
    ['23503', 'foreign_key_violation'],
    ['23505', 'unique_violation'],
    ['23514', 'check_violation'],
    ['25006', 'read_only_sql_transaction'],
    ['25P02', 'in_failed_sql_transaction'],
    ['28P01', 'invalid_password'],
    ['3D000', 'invalid_catalog_name'],
    ['40002', 'transaction_integrity_constraint_violation'],
    ['42501', 'insufficient_privilege'],
    ['42P01', 'undefined_table'],
    ['53100', 'disk_full'],
    ['54001', 'statement_too_complex'],
    ['57014', 'query_canceled'],
    ['P0001', 'raise_exception'],
    ['LB001', 'our own: a posting does not balance'],
    ['XX000', 'internal_error'],
  ])('%s %s will not', (code) => {
    expect(isTransient(withCode(code))).toBe(false);
  });

  it.each([
    ['a cut query', new Error('Connection terminated unexpectedly')],
    ['a connection ended by the pool', new Error('Connection terminated due to connection timeout')],
    ['a full pool', new Error('timeout exceeded when trying to connect')],
    [
      'a client used after its connection broke',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['a refused WebSocket', { type: 'error', message: 'Received network error or non-101 status code.' }],
    ['a closed WebSocket', { type: 'close' }],
    ['a refused socket', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a reset socket', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    ['a failed fetch', new TypeError('fetch failed')],
    ['one inside what wraps it', new Error('Failed query', { cause: new Error('Connection terminated unexpectedly') })],
  ])('takes %s for transient', (_what, error) => {
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    ['an error of our own', new Error('no such rule')],
    ['a TypeError', new TypeError('x is not a function')],
    ['a constraint inside what wraps it', new Error('connection terminated', { cause: withCode('23505') })],
    ['a file that is missing', Object.assign(new Error('open'), { code: 'ENOENT' })],
    ['nothing', undefined],
    ['a thrown text', 'connection terminated'],
  ])('does not take %s for transient', (_what, error) => {
    expect(isTransient(error)).toBe(false);
  });
});

describe('sqlState and violatedConstraint', () => {
  const violation = Object.assign(withCode('23505'), { constraint: 'routes_pkey' });

  it('look through wrappers', () => {
    const wrapped = new Error('outer', { cause: new Error('inner', { cause: violation }) });
    expect(sqlState(wrapped)).toBe('23505');
    expect(violatedConstraint(wrapped)).toBe('routes_pkey');
  });

  it('know nothing of other errors, whose codes look different', () => {
    expect(sqlState(withCode('ECONNRESET'))).toBeUndefined();
    expect(sqlState(withCode('unavailable'))).toBeUndefined();
    expect(sqlState(null)).toBeUndefined();
    expect(violatedConstraint(withCode('40001'))).toBeUndefined();
    expect(violatedConstraint(Object.assign(new Error('empty'), { constraint: '' }))).toBeUndefined();
  });

  it('take a five-letter code of the system for none: EPIPE', () => {
    expect(sqlState(withCode('EPIPE'))).toBeUndefined();
    expect(isTransient(withCode('EPIPE'))).toBe(true);
  });
});
