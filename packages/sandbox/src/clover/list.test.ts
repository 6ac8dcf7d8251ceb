import { describe, expect, it } from 'vitest';
import { idsOf, name, numbers, openLists, payment, startMs as start } from '../../test/clover-rows.ts';

const day = 24 * 60 * 60 * 1000;

describe('a page', () => {
  it('CL41 CL42 has a hundred rows, or as many as asked for up to a thousand', async () => {
    const rows = numbers(0, 1005).map((number) => payment(name(number), number * 1000));
    const { clover, ask, ids } = openLists(rows);
    expect(await ids('')).toEqual(numbers(0, 100).map(name));
    expect(await ids('limit=2&offset=3')).toEqual([name(3), name(4)]);
    expect(await ids('limit=1000')).toHaveLength(1000);
    expect(await ids('limit=5000')).toHaveLength(1000);
    expect(await ids('limit=5000&offset=1000')).toHaveLength(5);
    expect(await ids('offset=1005')).toEqual([]);
    expect((await (await ask('limit=7')).json()) as object).toMatchObject({
      href: `${clover.url}/v3/merchants/M1/payments?limit=7`,
    });
  });

  it.each(['limit=0', 'limit=-1', 'limit=ten', 'offset=-1', 'offset=1.5', 'orderBy=amount', 'orderBy=createdTime UP'])(
    'CL40 CL42 is refused for %s',
    async (query) => {
      expect((await openLists([]).ask(query)).status).toBe(400);
    },
  );

  it('CL46 CL47 is newest first, or in the order asked for, equal times by id', async () => {
    const { ids } = openLists([
      payment('A', 3000, { modifiedTime: start }),
      payment('C', 2000, { modifiedTime: start - 1 }),
      payment('B', 2000, { modifiedTime: start - 1 }),
    ]);
    expect(await ids('')).toEqual(['C', 'B', 'A']);
    expect(await ids('orderBy=modifiedTime%20ASC')).toEqual(['B', 'C', 'A']);
    expect(await ids('orderBy=modifiedTime')).toEqual(['A', 'C', 'B']);
    expect(await ids('orderBy=createdTime+ASC')).toEqual(['A', 'B', 'C']);
  });

  it('expands as a single one does', async () => {
    const { clover, ask, ids } = openLists([
      payment('A', 0, { refunds: [{ id: 'R', amount: 1, createdTime: start }] }),
    ]);
    clover.setOrder('M1', { id: 'OA', currency: 'USD', createdTime: start, modifiedTime: start });
    const [fromList] = ((await (await ask('expand=refunds,order')).json()) as { elements: object[] }).elements;
    const url = `${clover.url}/v3/merchants/M1/payments/A?expand=refunds,order`;
    const single = await clover.fetch(url, { headers: { authorization: 'Bearer t' } });
    expect(fromList).toEqual(await single.json());
    expect(await ids('', 'orders')).toEqual(['OA']);
    expect((await ask('expand=nothing')).status).toBe(400);
  });

  it('CL30 is for those who may read it', async () => {
    const { clover } = openLists([]);
    const status = async (headers: Record<string, string>) =>
      (await clover.fetch(`${clover.url}/v3/merchants/M1/payments`, { headers })).status;
    expect([await status({}), await status({ authorization: 'Bearer wrong' })]).toEqual([401, 401]);
  });
});

describe('a filter', () => {
  const { ask, ids } = openLists([
    payment('A', 1000, { modifiedTime: start + 10, amount: 1 }),
    payment('B', 2000, { modifiedTime: start + 20, amount: 20, result: 'FAIL' }),
    payment('C', 3000, { modifiedTime: start + 30, amount: 3 }),
  ]);

  it.each([
    [[`modifiedTime>=${start + 20}`], ['B', 'C']],
    [[`modifiedTime>${start + 20}`], ['C']],
    [[`modifiedTime<=${start + 20}`], ['A', 'B']],
    [[`modifiedTime<${start + 20}`], ['A']],
    [[`modifiedTime=${start + 20}`], ['B']],
    [[`modifiedTime!=${start + 20}`], ['A', 'C']],
    [[`modifiedTime>=${start + 20}`, `modifiedTime<=${start + 20}`], ['B']],
    [[`modifiedTime>=${start + 20}`, `modifiedTime<=${start + 10}`], []],
    [[`modifiedTime>=${start + 20}`, `clientCreatedTime>=${start - 2000}`], ['B']],
    [['result=SUCCESS', `createdTime<=${start - 2000}`], ['C']],
    [['amount>3'], ['B']],
    [['id=B'], ['B']],
  ])('CL43 %j', async (filters, expected) => {
    const query = new URLSearchParams({ orderBy: 'modifiedTime ASC' });
    for (const filter of filters) query.append('filter', filter);
    const byTime = await ask(String(query));
    expect(await idsOf(byTime)).toEqual(expected);
    query.set('orderBy', 'createdTime DESC');
    expect(await ids(String(query))).toEqual(expected);
    expect(byTime.headers.get('X-Clover-Allowed-Filter-Fields')).toContain('modifiedTime');
  });

  it('CL43 is read as it stands in an address, too', async () => {
    expect(await ids(`filter=modifiedTime>=${start + 20}&filter=modifiedTime<${start + 30}`)).toEqual(['B']);
  });

  it('CL44 may be on the fields that the answer names', async () => {
    const fields = (await ask('')).headers.get('X-Clover-Allowed-Filter-Fields')?.split(', ') ?? [];
    expect(fields).toEqual(expect.arrayContaining(['id', 'createdTime', 'modifiedTime']));
    for (const field of fields) expect((await ask(`filter=${field}=1`)).status).toBe(200);
  });

  it.each(['tipAmount=1', 'order.id=O', 'modifiedTime>=yesterday', 'modifiedTime', '>=1', 'modifiedTime>='])(
    'CL45 on what cannot be filtered is refused: %s',
    async (filter) => {
      expect((await ask(`filter=${encodeURIComponent(filter)}`)).status).toBe(400);
    },
  );
});

describe('the window of ninety days', () => {
  const payments = [payment('NOW', 0), payment('D89', 89 * day), payment('D91', 91 * day), payment('D179', 179 * day)];
  /** Each with an order of the same times. */
  const open = () => {
    const lists = openLists(payments);
    for (const { id, createdTime, modifiedTime } of payments)
      lists.clover.setOrder('M1', { id, currency: 'USD', createdTime, modifiedTime });
    return lists;
  };
  const ago = (days: number) => start - days * day;

  it.each<[string, string, string[]]>([
    ['CL49 of what was created lately, without a filter', '', ['NOW', 'D89']],
    ['CL48 since long ago: the last 90 days up to now', `filter=modifiedTime>=${ago(200)}`, ['NOW', 'D89']],
    ['CL48 until some day: 90 days before it', `filter=modifiedTime<=${ago(90)}`, ['D91', 'D179']],
    [
      'CL48 from and to: the last 90 days of the range',
      `filter=createdTime>=${ago(200)}&filter=createdTime<=${ago(85)}`,
      ['D89', 'D91'],
    ],
    [
      'CL48 in pieces of 90 days, everything',
      `filter=createdTime>=${ago(180)}&filter=createdTime<=${ago(90)}`,
      ['D91', 'D179'],
    ],
  ])('%s', async (_name, query, expected) => {
    const { ids } = open();
    expect(await ids(query)).toEqual(expected);
    expect(await ids(query, 'orders')).toEqual(expected);
  });

  it('CL48 moves with the clock', async () => {
    const { clock, ids } = open();
    await clock.advance(2 * day);
    expect(await ids('')).toEqual(['NOW']);
  });

  it('shows an old payment that changed lately to who asks by its change', async () => {
    const { clover, ids } = open();
    clover.changePayment('M1', 'D179', { tipAmount: 1 });
    expect(await ids(`filter=modifiedTime>=${start}`)).toEqual(['NOW', 'D179']);
    expect(await ids('')).toEqual(['NOW', 'D89']);
  });
});
