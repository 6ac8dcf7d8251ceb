interface Page<Item> {
  data: Item[];
  nextCursor: string | null;
}

/** A client of the HTTP API as a browser would be one: JSON, a bearer token, pages followed to their end. */
export function createApiClient(api: string, token: string) {
  async function request<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async function all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page<Item> = await request('GET', cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path);
      items.push(...page.data);
      cursor = page.nextCursor;
    }
    return items;
  }

  return {
    get: <Answer>(path: string) => request<Answer>('GET', path),
    post: <Answer>(path: string, body: object) => request<Answer>('POST', path, body),
    all,
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;
