// Everything shown is set as text, never as markup: providers choose parts of it.
const columns = {
  deliveries: ['receivedAt', 'provider', 'status', 'reason', 'bytes', 'id'],
  events: ['receivedAt', 'provider', 'type', 'status', 'reason', 'orgId', 'id'],
  postings: ['createdAt', 'kind', 'amount', 'unit', 'orgId', 'id'],
  mails: ['sentAt', 'to', 'subject', 'text'],
};
const titles = {
  receivedAt: 'received',
  createdAt: 'posted',
  sentAt: 'sent',
  orgId: 'organization',
};
const empty = {
  deliveries: 'Nothing has arrived yet. Send a signed webhook to /webhooks/square or /webhooks/clover.',
  events: 'No event yet.',
  postings: 'Nothing posted yet.',
  mails: 'Nobody has been written to yet.',
};
const tone = {
  routed: 'good',
  applied: 'good',
  pending: 'wait',
  ignored: 'empty',
  handshake: 'wait',
  quarantined: 'bad',
};
const queueTitles = { visible: 'waiting', inFlight: 'in flight', delayed: 'delayed', deadLettered: 'dead letters' };
const order = ['deliveries', 'quarantined', 'parked', 'events', 'applied', 'postings'];
const byId = (id) => document.getElementById(id);

function element(name, text, className = '') {
  const node = document.createElement(name);
  node.textContent = text;
  node.className = className;
  return node;
}

function cell(column, value) {
  if (value === null || value === undefined) return element('td', '');
  if (column.endsWith('At')) return element('td', new Date(value).toLocaleTimeString());
  if (column === 'id' || column === 'orgId') {
    const short = element('td', `…${String(value).slice(-12)}`, 'id');
    short.title = String(value);
    return short;
  }
  if (column === 'bytes' || column === 'amount') return element('td', Number(value).toLocaleString(), 'number');
  return element('td', String(value), column === 'status' ? (tone[value] ?? '') : '');
}

function showTable(name, rows) {
  if (rows.length === 0) {
    byId(name).replaceChildren(element('caption', empty[name], 'empty'));
    return;
  }
  const head = document.createElement('tr');
  for (const column of columns[name]) {
    const title = element('th', titles[column] ?? column, column === 'bytes' || column === 'amount' ? 'number' : '');
    title.scope = 'col';
    head.append(title);
  }
  const lines = rows.map((row) => {
    const line = document.createElement('tr');
    line.append(...columns[name].map((column) => cell(column, row[column])));
    return line;
  });
  byId(name).replaceChildren(head, ...lines);
}

function figure(title, value, className) {
  const group = document.createElement('div');
  group.append(element('dt', title), element('dd', value, className));
  return group;
}

function showCounts(counts) {
  const tones = { quarantined: 'bad', parked: 'wait' };
  const figures = order.map((name) => {
    const count = counts[name] ?? 0;
    return figure(name, count.toLocaleString(), count > 0 ? (tones[name] ?? '') : '');
  });
  byId('counts').replaceChildren(...figures);
}

function showQueues(queues) {
  const figures = Object.entries(queues).flatMap(([name, depth]) =>
    Object.entries(queueTitles).map(([key, title]) => {
      const alarming = key === 'deadLettered' && depth[key] > 0;
      return figure(`${name}: ${title}`, depth[key].toLocaleString(), alarming ? 'bad' : '');
    }),
  );
  byId('queues').replaceChildren(...figures);
}

function showState(state, text) {
  byId('state').className = state;
  byId('state').textContent = text;
}

const source = new EventSource('/local/traffic');
source.onmessage = ({ data }) => {
  const snapshot = JSON.parse(data);
  showState(snapshot.database, snapshot.database === 'up' ? 'live' : 'database is down');
  showQueues(snapshot.queues);
  if (snapshot.database === 'down') return;
  showCounts(snapshot.counts);
  for (const name of ['deliveries', 'events', 'postings']) showTable(name, snapshot[name]);
};
source.onerror = () => showState('down', 'not connected');

const mailsEveryMs = 2000;

async function showMails() {
  const answer = await fetch('/local/mails').catch(() => null);
  if (answer?.ok) showTable('mails', (await answer.json()).data);
  setTimeout(showMails, mailsEveryMs);
}

showMails();
