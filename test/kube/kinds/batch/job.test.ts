import type { Job, JobSpec } from '../../../../runtime/kube/generated/types';
import { generateJobSelector } from '../../../../runtime/kube/kinds/batch/job';
import { created, kindOf, minimal, problems, rowOf, testCreates, testUpdates, updated } from '../fixtures';

const spec = (values: Partial<JobSpec>) => (job: Job) => void Object.assign(job.spec ?? {}, values);
const podSpec = (values: object) => (job: Job) => void Object.assign(job.spec?.template.spec ?? {}, values);
const rule = (values: object) =>
  spec({ podFailurePolicy: { rules: [{ action: 'FailJob', ...values }] } } as Partial<JobSpec>);
const at = 'spec.podFailurePolicy.rules[0]';

/** A job as the server stores it: with a uid, and the selector made of it. */
function stored(): Job {
  const job = created(minimal.job());
  job.metadata.uid = 'uid-1';
  generateJobSelector(job);
  return job;
}

test('defaults', () => {
  expect(created(minimal.job()).spec).toMatchObject({
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  const many = minimal.job();
  spec({ parallelism: 3 })(many);
  expect(created(many).spec?.completions).toBeUndefined();
});

test('the selector is made of the uid, and the pods have the labels for it', () => {
  const job = stored();
  const labels = {
    app: 'web',
    'batch.kubernetes.io/controller-uid': 'uid-1',
    'batch.kubernetes.io/job-name': 'web',
    'controller-uid': 'uid-1',
    'job-name': 'web',
  };
  expect(job.spec?.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'uid-1' } });
  expect(job.spec?.template.metadata?.labels).toEqual(labels);
  expect(kindOf(job).validate?.(job as never)).toEqual([]);
});

test('labels in the way of the generated ones are refused', () => {
  const job = created(minimal.job());
  Object.assign(job.spec?.template.metadata?.labels ?? {}, { 'job-name': 'other' });
  job.metadata.uid = 'uid-1';
  generateJobSelector(job);
  expect(kindOf(job).validate?.(job as never)).toEqual([
    expect.objectContaining({ field: 'spec.template.metadata.labels', detail: "must be 'web'" }),
  ]);
});

testCreates(minimal.job, [
  [
    'pods that run for good',
    podSpec({ restartPolicy: 'Always' }),
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    'negative numbers',
    spec({ parallelism: -1, completions: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 }),
    'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
    'spec.completions: Invalid value: -1: must be greater than or equal to 0',
    'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'indexes without a number',
    spec({ completionMode: 'Indexed', parallelism: 2 }),
    'spec.completions: Required value: when completion mode is Indexed',
  ],
  [
    'indexed by its backoff alone',
    spec({ backoffLimitPerIndex: 1 }),
    'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
  ],
  [
    'more failed indexes than indexes',
    spec({ completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 3 }),
    'spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions',
  ],
  [
    'a name that is too long with an index',
    (job) => {
      Object.assign(job.metadata, { name: 'a'.repeat(62) });
      spec({ completionMode: 'Indexed', completions: 11 })(job);
    },
    `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-10`,
  ],
  ['managed by another', spec({ managedBy: 'example.com/mine' })],
  [
    'managed by nobody in particular',
    spec({ managedBy: 'mine' }),
    'spec.managedBy: Invalid value: "mine": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  ['failure by exit code', rule({ onExitCodes: { operator: 'In', values: [1, 3] } })],
  [
    'failure by nothing',
    rule({}),
    `${at}: Invalid value: {"action":"FailJob"}: specifying one of OnExitCodes and OnPodConditions is required`,
  ],
  [
    'exit codes out of order, of a container that is not there',
    rule({ onExitCodes: { containerName: 'x', operator: 'In', values: [3, 1] } }),
    `${at}.onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
    `${at}.onExitCodes.values: Invalid value: [3,1]: must be ordered`,
  ],
  [
    'exit code 0 is no failure',
    rule({ onExitCodes: { operator: 'In', values: [0] } }),
    `${at}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`,
  ],
  [
    'an index can fail only where indexes count',
    rule({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }),
    `${at}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
  ],
  [
    'success of indexes',
    spec({ completionMode: 'Indexed', completions: 5, successPolicy: { rules: [{ succeededIndexes: '0,2-4' }] } }),
  ],
  [
    'success of indexes out of order',
    spec({ completionMode: 'Indexed', completions: 5, successPolicy: { rules: [{ succeededIndexes: '3,1' }] } }),
    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1',
  ],
  [
    'success of more than there are',
    spec({
      completionMode: 'Indexed',
      completions: 5,
      successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }] },
    }),
    'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
  ],
]);

describe('update', () => {
  testUpdates(stored, [
    ['what may change', spec({ parallelism: 2, backoffLimit: 1, suspend: true, ttlSecondsAfterFinished: 5 })],
    ['of completions', spec({ completions: 2 }), 'spec.completions: Invalid value: 2: field is immutable'],
    [
      'of the mode',
      spec({ completionMode: 'Indexed' }),
      'spec.completionMode: Invalid value: "Indexed": field is immutable',
    ],
  ]);

  test('of the template is refused', () => {
    const write = () => updated(stored(), podSpec({ restartPolicy: 'OnFailure' }));
    expect(problems(write)).toEqual([expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/)]);
  });

  test('of where pods run is allowed until a suspended job has begun', () => {
    const suspended = stored();
    spec({ suspend: true })(suspended);
    const move = podSpec({ nodeSelector: { disk: 'ssd' } });
    expect(problems(() => updated(suspended, move))).toEqual([]);
    suspended.status = { startTime: '2026-01-31T13:00:00Z' };
    expect(problems(() => updated(suspended, move))).toHaveLength(1);
  });

  test('of an indexed job whose indexes all run at once grows both numbers', () => {
    const job = minimal.job();
    spec({ completionMode: 'Indexed', completions: 2, parallelism: 2 })(job);
    const old = created(job);
    expect(problems(() => updated(old, spec({ completions: 4, parallelism: 4 })))).toEqual([]);
    expect(problems(() => updated(old, spec({ completions: 4 })))).toEqual([
      'spec.completions: Invalid value: 4: can only be modified in tandem with parallelism',
    ]);
  });
});

describe('status', () => {
  const status = (values: object) => (job: Job) => void Object.assign(job, { status: { ...job.status, ...values } });
  const time = '2026-01-31T13:00:00Z';
  const complete = { type: 'Complete', status: 'True' };

  test.each<[string, object, string[]]>([
    ['running', { startTime: time, active: 1, ready: 1 }, []],
    ['complete', { startTime: time, completionTime: time, conditions: [complete], succeeded: 1 }, []],
    [
      'complete without times',
      { conditions: [complete] },
      [
        'status.startTime: Required value: startTime is required for finished job',
        'status.completionTime: Required value: completionTime is required for Complete jobs',
      ],
    ],
    [
      'more ready than active',
      { active: 1, ready: 2 },
      ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
    ],
    ['negative', { failed: -1 }, ['status.failed: Invalid value: -1: must be greater than or equal to 0']],
  ])('%s', (_name, values, expected) => {
    expect(problems(() => updated(stored(), status(values), { subresource: 'status' }))).toEqual(expected);
  });

  test('what has ended stays ended', () => {
    const ended = stored();
    ended.status = { startTime: time, completionTime: time, conditions: [complete] as never };
    const write = () =>
      updated(ended, status({ conditions: [], completionTime: undefined }), { subresource: 'status' });
    expect(problems(write)[0]).toMatch(/^status.conditions: .*cannot disable the terminal Complete=True condition$/);
  });
});

test('row', () => {
  const job = stored();
  job.status = { startTime: '2026-01-31T12:59:00Z', succeeded: 0 };
  expect(rowOf(job).slice(0, 5)).toEqual(['web', 'Running', '0/1', '60s', '<unknown>']);
  Object.assign(job.status, {
    completionTime: '2026-01-31T12:59:30Z',
    succeeded: 1,
    conditions: [{ type: 'Complete', status: 'True' }],
  });
  expect(rowOf(job).slice(0, 4)).toEqual(['web', 'Complete', '1/1', '30s']);
});
