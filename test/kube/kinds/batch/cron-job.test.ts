import type { CronJob, CronJobSpec } from '../../../../runtime/kube/generated/types';
import { created, minimal, rowOf, testCreates, updated } from '../fixtures';

const spec = (values: Partial<CronJobSpec>) => (job: CronJob) => void Object.assign(job.spec ?? {}, values);
const schedule = (text: string) => spec({ schedule: text });
const bad = (text: string, why: string) => `spec.schedule: Invalid value: ${JSON.stringify(text)}: ${why}`;

test('defaults', () => {
  const job = created(minimal.cronJob());
  expect(job.metadata.generation).toBe(1);
  expect(job.spec).toMatchObject({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: {}, spec: { template: { metadata: {}, spec: { dnsPolicy: 'ClusterFirst' } } } },
  });
  // The job that is made of the template gets its own defaults.
  expect(job.spec?.jobTemplate.spec?.backoffLimit).toBeUndefined();
});

testCreates(minimal.cronJob, [
  ['every day at one', schedule('0 1 * * *')],
  ['names of months and days', schedule('0 0 1 jan-MAR mon')],
  ['a word for it', schedule('@hourly')],
  ['every hour and a half', schedule('@every 1h30m')],
  ['none', schedule(''), 'spec.schedule: Required value'],
  ['four fields', schedule('* * * *'), bad('* * * *', 'expected exactly 5 fields, found 4: [* * * *]')],
  ['beyond the hour', schedule('60 * * * *'), bad('60 * * * *', 'end of range (60) above maximum (59): 60')],
  ['day zero', schedule('0 0 0 * *'), bad('0 0 0 * *', 'beginning of range (0) below minimum (1): 0')],
  ['backwards', schedule('5-1 * * * *'), bad('5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1')],
  ['no step', schedule('*/0 * * * *'), bad('*/0 * * * *', 'step of range should be a positive number: */0')],
  [
    'no number',
    schedule('a * * * *'),
    bad('a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
  ],
  ['an unknown word', schedule('@often'), bad('@often', 'unrecognized descriptor: @often')],
  [
    'a zone inside',
    schedule('TZ=UTC 0 * * * *'),
    bad('TZ=UTC 0 * * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
  ],
  ['a zone', spec({ timeZone: 'Europe/Berlin' })],
  [
    'no zone',
    spec({ timeZone: 'Mars/Base' }),
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ],
  [
    'the zone of a machine',
    spec({ timeZone: 'Local' }),
    'spec.timeZone: Invalid value: "Local": must be an explicit time zone as defined in https://www.iana.org/time-zones',
  ],
  [
    'another policy, and negative numbers',
    spec({ concurrencyPolicy: 'Maybe', startingDeadlineSeconds: -1, failedJobsHistoryLimit: -1 }),
    'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"',
    'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'a name that leaves no room for its jobs',
    (job) => void Object.assign(job.metadata, { name: 'a'.repeat(53) }),
    `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
  ],
  [
    'pods that run for good',
    (job) => void Object.assign(job.spec?.jobTemplate.spec?.template.spec ?? {}, { restartPolicy: 'Always' }),
    'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    'a selector of its own',
    (job) => void Object.assign(job.spec?.jobTemplate.spec ?? {}, { selector: {} }),
    'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
  ],
]);

test('an update counts up and keeps the status', () => {
  const next = updated(created(minimal.cronJob()), (job) => {
    spec({ suspend: true })(job);
    job.status = { lastScheduleTime: '2026-01-31T12:00:00Z' };
  });
  expect(next.metadata.generation).toBe(2);
  expect(next.status).toEqual({});
});

test('what a Go client writes of empty structs is no change', () => {
  const bare = created(minimal.cronJob());
  const same = updated(bare, (job) => {
    const pods = job.spec?.jobTemplate.spec?.template;
    Object.assign(pods?.metadata ?? {}, { creationTimestamp: null });
    for (const container of pods?.spec?.containers ?? [])
      Object.assign(container, { args: [], resources: { limits: {} } });
  });
  expect(same).toEqual(bare);
});

test('row', () => {
  const job = created(minimal.cronJob());
  job.status = { lastScheduleTime: '2026-01-31T12:59:00Z', active: [{ name: 'web-1' }] };
  const row = ['web', '*/5 * * * *', '<none>', 'False', 1, '60s', '<unknown>', 'app', 'nginx:1.27', '<none>'];
  expect(rowOf(job)).toEqual(row);
});
