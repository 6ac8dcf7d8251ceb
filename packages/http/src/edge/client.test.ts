import { describe, expect, it } from 'vitest';
import { type Edge, networkOf, readClient } from './client.ts';

const edge: Edge = { keys: ['new-key', 'old-key'], keyHeader: 'edge-key', addressHeader: 'edge-address' };
const proven = { 'edge-key': 'new-key', 'edge-address': '203.0.113.9' };
const spoofed = {
  'x-forwarded-for': '198.51.100.1, 198.51.100.2',
  'x-real-ip': '198.51.100.3',
  'true-client-ip': '198.51.100.4',
  'cloudfront-viewer-address': '198.51.100.5:443',
  forwarded: 'for=198.51.100.6',
};

describe('the client of a request', () => {
  it.each([
    ['that came through the edge', proven],
    ['whose edge has the key before', { ...proven, 'edge-key': 'old-key' }],
    ['with every header that names an address', { ...spoofed, ...proven }],
  ])('%s is whom the edge names', (_, headers) => {
    expect(readClient(headers, '192.0.2.1', edge)?.address).toBe('203.0.113.9');
  });

  it.each([
    ['without proof', spoofed],
    ['with an address and no key', { 'edge-address': '203.0.113.9' }],
    ['with another key', { ...proven, 'edge-key': 'new-keys' }],
    ['with both keys at once', { ...proven, 'edge-key': 'new-key,old-key' }],
    ['with a key and no address', { 'edge-key': 'new-key' }],
    ['with two addresses', { ...proven, 'edge-address': '198.51.100.1,203.0.113.9' }],
    ['with a name for an address', { ...proven, 'edge-address': 'localhost' }],
  ])('%s went around the edge', (_, headers) => {
    expect(readClient(headers, '192.0.2.1', edge)).toBeNull();
  });

  it('is nobody’s on a stage whose edge has no key', () => {
    expect(readClient({ ...proven, 'edge-key': '' }, '192.0.2.1', { ...edge, keys: [''] })).toBeNull();
  });

  it('is the other end of the connection where there is no edge, whatever the headers say', () => {
    expect(readClient({ ...spoofed, ...proven }, '192.0.2.1', undefined)?.address).toBe('192.0.2.1');
    expect(readClient({}, undefined, undefined)?.address).toBeNull();
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['192.0.2.256', null],
    ['', null],
  ])('%s is %s', (given, address) => {
    expect(readClient({}, given, undefined)?.address).toBe(address);
  });

  it.each([
    ['curl/8.5.0', 'curl/8.5.0'],
    ['a\u0007b\r\nc é', 'abc '],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['', null],
    [undefined, null],
  ])('has a user agent of visible characters', (given, userAgent) => {
    expect(readClient(given === undefined ? {} : { 'user-agent': given }, undefined, undefined)?.userAgent).toBe(
      userAgent,
    );
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3::', '1:2:3:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
