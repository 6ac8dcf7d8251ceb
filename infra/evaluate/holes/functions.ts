import type { Hole } from './hole.ts';

const lambda = 'aws:lambda/function:Function';

export const functionHoles: Hole[] = [
  {
    hole: 'a webhook with a database',
    check: 'webhooksIsolated',
    plant: (find) => (find('sst:build', 'WebhooksSquare').inputs.links.DatabaseWorker = {}),
    report: 'webhooksSquare reaches DatabaseWorker',
  },
  {
    hole: 'a link the topology does not name',
    check: 'linksMatch',
    plant: (find) => (find('sst:build', 'ApiLoyalty').inputs.links.DatabaseOwner = {}),
    report: /links of apiLoyalty has DatabaseOwner/,
  },
  {
    hole: 'a database URL of another login',
    check: 'linkShapesSound',
    plant: (find) => {
      const { links } = find('sst:build', 'ApiLoyalty').inputs;
      links.DatabaseApi.url = links.DatabaseApi.url.replace('tributary_api', 'tributary_owner');
    },
    report: 'DatabaseApi is not the URL of its login',
  },
  {
    hole: 'a function on another architecture',
    check: 'functionsMatch',
    plant: (find) => (find(lambda, 'CronsResumeFunction').inputs.architectures = ['x86_64']),
    report: /architecture x86_64/,
  },
  {
    hole: 'a missing function',
    check: 'functionsMatch',
    plant: (find, all) => all.splice(all.indexOf(find(lambda, 'OpsConnectFunction')), 1),
    report: 'the stage lacks OpsConnectFunction',
  },
];
