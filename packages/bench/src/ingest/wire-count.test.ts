import fc from 'fast-check';
import { expect, it } from 'vitest';
import { messageTypes } from './wire-count.ts';

const message = fc.record({ type: fc.constantFrom('C', 'Z', 'D', 'T'), body: fc.uint8Array({ maxLength: 300 }) });

it('sees every message once, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(message), fc.infiniteStream(fc.integer({ min: 1, max: 64 })), (messages, sizes) => {
      const stream = Buffer.concat(
        messages.map(({ type, body }) => {
          const head = Buffer.alloc(5);
          head.write(type, 'latin1');
          head.writeUInt32BE(4 + body.length, 1);
          return Buffer.concat([head, body]);
        }),
      );
      const seen: string[] = [];
      const read = messageTypes((type) => seen.push(String.fromCharCode(type)));
      for (let at = 0; at < stream.length; ) {
        const size = sizes.next().value;
        read(stream.subarray(at, at + size));
        at += size;
      }
      expect(seen).toEqual(messages.map(({ type }) => type));
    }),
  );
});
