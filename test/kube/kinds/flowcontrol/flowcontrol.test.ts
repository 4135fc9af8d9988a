import type { FlowSchema, PriorityLevelConfiguration } from '../../../../runtime/kube/generated/types';
import type { PolicyRulesWithSubjects, Subject } from '../../../../runtime/kube/generated/types/flowcontrol-v1';
import { builtInFlowSchemas, builtInPriorityLevels } from '../../../../runtime/kube/kinds/flowcontrol';
import { created, minimal, problems, row, testCreates, updated } from '../fixtures';

describe('FlowSchema', () => {
  const set = (spec: Partial<FlowSchema['spec']>) => (schema: FlowSchema) =>
    void Object.assign(schema.spec ?? {}, spec);
  const user: Subject = { kind: 'User', user: { name: 'ann' } };
  const paths = { verbs: ['get'], nonResourceURLs: ['/metrics'] };
  const rule = (value: Partial<PolicyRulesWithSubjects>) =>
    set({ rules: [{ subjects: [user], nonResourceRules: [paths], ...value }] });
  const subject = (value: Subject) => rule({ subjects: [value] });
  const url = (value: string) => rule({ nonResourceRules: [{ verbs: ['*'], nonResourceURLs: [value] }] });
  const at = 'spec.rules[0]';

  test('it is asked after those of the system unless said', () => {
    expect(created(minimal.flowSchema())).toMatchObject({ spec: { matchingPrecedence: 1000 }, status: {} });
  });

  testCreates(minimal.flowSchema, [
    [
      'too early',
      set({ matchingPrecedence: 1 }),
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      'too late',
      set({ matchingPrecedence: 10001 }),
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
    ],
    [
      'before all',
      set({ matchingPrecedence: -1 }),
      'spec.matchingPrecedence: Invalid value: -1: must be a positive value',
    ],
    [
      'flows',
      set({ distinguisherMethod: { type: 'X' } }),
      'spec.distinguisherMethod.type: Unsupported value: {"type":"X"}: supported values: "ByNamespace", "ByUser"',
    ],
    [
      'no level',
      set({ priorityLevelConfiguration: { name: '' } }),
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ],
    ['a rule', rule({})],
    [
      'a rule for nobody, about nothing',
      rule({ subjects: [], nonResourceRules: [] }),
      `${at}.subjects: Required value: subjects must contain at least one value`,
      `${at}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
    ],
    ['an account', subject({ kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'default' } })],
    [
      'an account of nowhere',
      subject({ kind: 'ServiceAccount', serviceAccount: { name: 'a', namespace: '' } }),
      `${at}.subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account`,
    ],
    [
      'a user who is a group',
      subject({ kind: 'User', group: { name: 'team' } }),
      `${at}.subjects[0].user: Required value: user is required when subject kind is 'User'`,
      `${at}.subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'`,
    ],
    [
      'something',
      subject({ kind: 'X' }),
      `${at}.subjects[0].kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"`,
    ],
    [
      'verbs',
      rule({ nonResourceRules: [{ ...paths, verbs: ['look'] }] }),
      `${at}.nonResourceRules[0].verbs: Unsupported value: ["look"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
    ],
    [
      'all verbs and one',
      rule({ nonResourceRules: [{ ...paths, verbs: ['*', 'get'] }] }),
      `${at}.nonResourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
    ],
    ['paths below', url('/a/*')],
    ...(
      [
        ['', 'must not be empty'],
        ['a', 'must start with slash'],
        ['/a b', 'must not contain white-space'],
        ['/a//b', 'must not contain double slash'],
        ['/a*', 'wildcard can only do suffix matching'],
        ['/*/*', 'wildcard can only do suffix matching'],
      ] as const
    ).map(
      ([path, problem]) =>
        [
          `path ${JSON.stringify(path)}`,
          url(path),
          `${at}.nonResourceRules[0].nonResourceURLs[0]: Invalid value: ${JSON.stringify(path)}: ${problem}`,
        ] as [string, (schema: FlowSchema) => void, string],
    ),
    [
      'resources of nowhere',
      rule({ resourceRules: [{ verbs: ['get'], apiGroups: [], resources: [] }] }),
      `${at}.resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group`,
      `${at}.resourceRules[0].resources: Required value: resource rules must supply at least one resource`,
      `${at}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
    ],
    [
      'namespace',
      rule({ resourceRules: [{ verbs: ['get'], apiGroups: ['*'], resources: ['*'], namespaces: ['A'] }] }),
      expect.stringContaining(
        `${at}.resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; a lowercase`,
      ) as never,
    ],
  ]);

  test.each(builtInFlowSchemas.map((schema) => [schema.metadata.name, schema] as const))(
    '%s passes',
    (_name, schema) => {
      expect(created(structuredClone(schema)).spec).toEqual(schema.spec);
    },
  );

  test('the mandatory ones are as they are', () => {
    const [exempt] = builtInFlowSchemas;
    const change = () => updated(created(structuredClone(exempt as FlowSchema)), set({ rules: [] }));
    expect(problems(change)).toEqual([
      expect.stringMatching(/^spec: .*: spec of 'exempt' must equal the fixed value$/),
    ]);
  });

  test('its status is its own', () => {
    const old = created(minimal.flowSchema());
    const write = (...conditions: Array<{ type?: string }>) =>
      updated(old, (schema) => Object.assign(schema, { spec: {}, status: { conditions } }), { subresource: 'status' });
    expect(write({ type: 'Dangling' })).toMatchObject({
      spec: old.spec,
      status: { conditions: [{ type: 'Dangling' }] },
    });
    expect(problems(() => write({}, { type: 'a' }, { type: 'a' }))).toEqual([
      'status.conditions[0].type: Required value: must not be empty',
      'status.conditions[2].type: Duplicate value: "a"',
    ]);
    expect(updated(old, set({ matchingPrecedence: 7 })).metadata.generation).toBe(2);
  });

  test('row', () => {
    const schema = created(minimal.flowSchema());
    expect(row(schema)).toEqual(['mine', 'workload-low', 1000, '<none>', '<unknown>', '?']);
    schema.status = { conditions: [{ type: 'Dangling', status: 'False' }] };
    expect(row(schema)[5]).toBe('False');
  });
});

describe('PriorityLevelConfiguration', () => {
  type Spec = NonNullable<PriorityLevelConfiguration['spec']>;
  const set = (spec: Partial<Spec>) => (level: PriorityLevelConfiguration) =>
    void Object.assign(level.spec ?? {}, spec);
  const limited = (values: Partial<Spec['limited']>) =>
    set({ limited: { limitResponse: { type: 'Reject' }, ...values } });
  const queuing = (values: object) => limited({ limitResponse: { type: 'Queue', queuing: values } });
  const at = 'spec.limited';

  test('shares and queues are Kubernetes', () => {
    const level = minimal.priorityLevelConfiguration();
    queuing({})(level);
    expect(created(level).spec?.limited).toEqual({
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
    });
  });

  testCreates(minimal.priorityLevelConfiguration, [
    ['no shares of its own', limited({ nominalConcurrencyShares: 0 })],
    [
      'fewer than none',
      limited({ nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1 }),
      `${at}.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer`,
      `${at}.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive`,
      `${at}.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer`,
    ],
    [
      'exempt',
      set({ type: 'Exempt', limited: undefined }),
      "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
    ],
    ['type', set({ type: 'X' }), 'spec.type: Unsupported value: "X": supported values: "Exempt", "Limited"'],
    ['no limit', set({ limited: undefined }), `${at}: Required value: must not be empty when type is Limited`],
    ['both', set({ exempt: {} }), 'spec.exempt: Forbidden: must be nil if the type is Limited'],
    [
      'answer',
      limited({ limitResponse: { type: 'X' } }),
      `${at}.limitResponse.type: Unsupported value: "X": supported values: "Queue", "Reject"`,
    ],
    [
      'no queues',
      limited({ limitResponse: { type: 'Queue' } }),
      `${at}.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited`,
    ],
    [
      'queues of what is refused',
      limited({ limitResponse: { type: 'Reject', queuing: {} } }),
      `${at}.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited`,
    ],
    [
      'a hand larger than the deck',
      queuing({ queues: 4, handSize: 5 }),
      `${at}.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)`,
    ],
    [
      'hands that cannot be dealt',
      queuing({ queues: 512, handSize: 8 }),
      `${at}.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`,
    ],
    [
      'less than nothing',
      queuing({ queues: -1, handSize: -1, queueLengthLimit: -1 }),
      `${at}.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive`,
      `${at}.limitResponse.queuing.queues: Invalid value: -1: must be positive`,
      `${at}.limitResponse.queuing.handSize: Invalid value: -1: must be positive`,
    ],
  ]);

  test.each(builtInPriorityLevels.map((level) => [level.metadata.name, level] as const))(
    '%s passes',
    (_name, level) => {
      expect(created(structuredClone(level)).spec).toEqual(level.spec);
    },
  );

  test('of the mandatory ones only what exempt lends may change', () => {
    const [exempt, catchAll] = builtInPriorityLevels.map((level) => created(structuredClone(level)));
    const lend = set({ exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } });
    expect(problems(() => updated(exempt as PriorityLevelConfiguration, lend))).toEqual([]);
    expect(problems(() => updated(catchAll as PriorityLevelConfiguration, limited({})))).toEqual([
      expect.stringMatching(/^spec: .*: spec of 'catch-all' must equal the fixed value$/),
    ]);
  });

  test('row', () => {
    const rows = builtInPriorityLevels.slice(0, 3).map((level) => row(level));
    expect(rows).toEqual([
      ['exempt', 'Exempt', 0, '<none>', '<none>', '<none>', '<unknown>'],
      ['catch-all', 'Limited', 5, '<none>', '<none>', '<none>', '<unknown>'],
      ['system', 'Limited', 30, 64, 6, 50, '<unknown>'],
    ]);
  });
});
