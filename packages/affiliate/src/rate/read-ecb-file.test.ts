import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEcbFile } from './read-ecb-file.ts';

const envelope = (cubes: string) => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>${cubes}</Cube>
</gesmes:Envelope>
`;

describe('the file of reference rates', () => {
  it('of a day is read in full', () => {
    const daily = `<Cube time='2026-11-20'><Cube currency='USD' rate='1.1616'/>\n\t<Cube currency='JPY' rate='181.32'/></Cube>`;
    expect(readEcbFile(envelope(daily))).toEqual([
      { day: '2026-11-20', currency: 'USD', rate: '1.1616' },
      { day: '2026-11-20', currency: 'JPY', rate: '181.32' },
    ]);
  });

  it('of ninety days is read in full, whatever its quotes and the order of its attributes', () => {
    const history = `<Cube time="2026-11-20"><Cube rate="1.16" currency="USD"></Cube></Cube>
      <Cube time="2026-11-19"><Cube currency = "USD" rate = "1.15" /></Cube>`;
    expect(readEcbFile(envelope(history))).toEqual([
      { day: '2026-11-20', currency: 'USD', rate: '1.16' },
      { day: '2026-11-19', currency: 'USD', rate: '1.15' },
    ]);
  });

  it('comes back whatever days and rates are written into it', () => {
    const rate = fc.record({
      currency: fc.stringMatching(/^[A-Z]{3}$/),
      rate: fc.stringMatching(/^[1-9]\d{0,4}(\.\d{1,5})?$/),
    });
    const day = fc.date({ min: new Date('1999-01-04'), max: new Date('2099-12-31'), noInvalidDate: true });
    const days = fc.array(fc.record({ day, rates: fc.array(rate, { minLength: 1 }) }), { minLength: 1 });
    fc.assert(
      fc.property(days, (published) => {
        const written = published.map(({ day, rates }) => ({ day: day.toISOString().slice(0, 10), rates }));
        const cubes = written.map(
          ({ day, rates }) =>
            `<Cube time='${day}'>${rates.map(({ currency, rate }) => `<Cube currency='${currency}' rate='${rate}'/>`).join('')}</Cube>`,
        );
        const all = written.flatMap(({ day, rates }) => rates.map((each) => ({ day, ...each })));
        expect(readEcbFile(envelope(cubes.join('\n')))).toEqual(all);
      }),
    );
  });

  const usd = `<Cube time='2026-11-20'><Cube currency='USD' rate='1.1'/></Cube>`;
  it.each([
    ['no rates', envelope('')],
    ['a page of HTML', '<!doctype html><html><body>Maintenance</body></html>'],
    ['nothing', ''],
    ['a file that breaks off', envelope(usd).slice(0, -30)],
    ['a document type with entities', envelope(usd).replace('?>', '?><!DOCTYPE x [<!ENTITY a "1">]>')],
    ['a comment', envelope(`<!-- ${usd} -->`)],
    ['an element of another name', envelope(`${usd}<Sphere currency='USD' rate='1.1'/>`)],
    ['a name that begins like it', envelope(`${usd}<Cubes currency='USD' rate='1.1'/>`)],
    ['an attribute nobody told of', envelope(usd.replace(' rate', ' unit="100" rate'))],
    ['a rate without a day', envelope(`<Cube currency='USD' rate='1.1'/>`)],
    ['a rate without a currency', envelope(usd.replace("currency='USD'", ''))],
    ['a currency without a rate', envelope(usd.replace("rate='1.1'", ''))],
    ['a rate of nothing', envelope(usd.replace('1.1', '0.00'))],
    ['a rate below nothing', envelope(usd.replace('1.1', '-1.1'))],
    ['a rate in letters', envelope(usd.replace('1.1', 'N/A'))],
    ['a rate by an entity', envelope(usd.replace('1.1', '&#49;'))],
    ['a day in another form', envelope(usd.replace('2026-11-20', '20.11.2026'))],
    ['a text that is no attribute', envelope(usd.replace(' rate', ' x rate'))],
  ])('with %s is refused, by a name and without a word of it', (_, xml) => {
    expect(() => readEcbFile(xml)).toThrow(
      expect.objectContaining({ reason: 'not_ecb_rates', message: 'This is no file of reference rates.' }),
    );
  });

  it('of nothing but opening brackets is refused at once', () => {
    expect(() => readEcbFile('<'.repeat(2_000_000))).toThrow('no file of reference rates');
  });
});
