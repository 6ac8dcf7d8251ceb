import type { Hole } from './hole.ts';

export const alarmHoles: Hole[] = [
  {
    hole: 'dead letters nobody hears of',
    check: 'alarmsComplete',
    plant: (find) => (find('aws:cloudwatch/metricAlarm:MetricAlarm', 'IngestDeadLetters').inputs.alarmActions = []),
    report: /ApproximateNumberOfMessagesVisible of IngestDlqQueue/,
  },
  {
    hole: 'days that differ nobody hears of',
    check: 'alarmsComplete',
    plant: (find) =>
      (find('aws:cloudwatch/logMetricFilter:LogMetricFilter', 'DriftsFound').inputs.metricTransformation.name =
        'other'),
    report: 'nobody is told of days that differ',
  },
  {
    hole: 'broken chains nobody hears of',
    check: 'alarmsComplete',
    plant: (find) =>
      (find('aws:cloudwatch/logMetricFilter:LogMetricFilter', 'BrokenChainsFound').inputs.pattern =
        '{ $.event = "audit_brok" }'),
    report: 'nobody is told of chains that are broken',
  },
  {
    hole: 'failed erasures of which another function would hear',
    check: 'alarmsComplete',
    plant: (find) =>
      (find('aws:cloudwatch/logMetricFilter:LogMetricFilter', 'FailedErasuresFound').inputs.logGroupName =
        '/aws/lambda/tributary-production-CronsDaily'),
    report: 'nobody is told of erasures that failed',
  },
  ...[
    ['StaleRates', 'rates that are stale'],
    ['UnderivedAmounts', 'amounts that were not derived'],
    ['FailedRollUps', 'roll-ups that failed'],
    ['FailedDeals', 'deals that failed'],
    ['FailedRules', 'rules that failed'],
  ].map(
    ([name, what]): Hole => ({
      hole: `${what}, without an alarm`,
      check: 'alarmsComplete',
      plant: (find) => (find('aws:cloudwatch/metricAlarm:MetricAlarm', name as string).inputs.threshold = 1e6),
      report: `nobody is told of ${what}`,
    }),
  ),
];
