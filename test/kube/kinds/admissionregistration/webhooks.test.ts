import type {
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../../../runtime/kube/generated/types';
import { created, kindOf, minimal, row, testCreates, testUpdates, updated } from '../fixtures';

const first = ({ webhooks }: ValidatingWebhookConfiguration) => webhooks?.[0] as ValidatingWebhook;
const set = (values: Partial<ValidatingWebhook>) => (c: ValidatingWebhookConfiguration) =>
  void Object.assign(first(c), values);
const client = (clientConfig: ValidatingWebhook['clientConfig']) => set({ clientConfig });
const ruled = (rule: Partial<RuleWithOperations>) =>
  set({
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], ...rule }],
  });
const service = { namespace: 'default', name: 'checker' };
const at = 'webhooks[0]';

testCreates(minimal.validatingWebhooks, [
  ['no name', set({ name: '' }), `${at}.name: Required value`],
  [
    'a name without a domain',
    set({ name: 'check' }),
    `${at}.name: Invalid value: "check": should be a domain with at least three segments separated by dots`,
  ],
  [
    'a name twice',
    (c) => c.webhooks?.push(structuredClone(first(c))),
    'webhooks[1].name: Duplicate value: "check.example.com"',
  ],
  [
    'side effects',
    set({ sideEffects: 'Some' }),
    `${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
  ],
  [
    'no time',
    set({ timeoutSeconds: 0 }),
    `${at}.timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds`,
  ],
  [
    'a policy',
    set({ failurePolicy: 'Retry' }),
    `${at}.failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"`,
  ],
  [
    'a match',
    set({ matchPolicy: 'Near' }),
    `${at}.matchPolicy: Unsupported value: "Near": supported values: "Equivalent", "Exact"`,
  ],
  [
    'no version',
    set({ admissionReviewVersions: [] }),
    `${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`,
  ],
  [
    'versions that nobody speaks',
    set({ admissionReviewVersions: ['v7', 'v7'] }),
    `${at}.admissionReviewVersions[1]: Invalid value: "v7": duplicate version`,
    `${at}.admissionReviewVersions: Invalid value: ["v7","v7"]: must include at least one of v1, v1beta1`,
  ],
  ['a URL', client({ url: 'https://checker.example.com/check' })],
  ['nowhere to ask', client({}), `${at}.clientConfig: Required value: exactly one of url or service is required`],
  [
    'a URL with more than a place',
    client({ url: 'http://me@checker.example.com/check?a=1#b' }),
    `${at}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    `${at}.clientConfig.url: Invalid value: "me": user information is not permitted in the URL`,
    `${at}.clientConfig.url: Invalid value: "b": fragments are not permitted in the URL`,
    `${at}.clientConfig.url: Invalid value: "a=1": query parameters are not permitted in the URL`,
  ],
  [
    'a Service without a name, a wrong port and path',
    client({ service: { namespace: '', name: '', port: 70000, path: 'check' } }),
    `${at}.clientConfig.service.name: Required value`,
    `${at}.clientConfig.service.namespace: Required value`,
    `${at}.clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive`,
    `${at}.clientConfig.service.path: Invalid value: "check": must start with a '/'`,
  ],
  ['a path', client({ service: { ...service, path: '/check/pods/' } })],
  [
    'an empty segment',
    client({ service: { ...service, path: '/a//b' } }),
    `${at}.clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty`,
  ],
  ['certificates that a controller puts there later', client({ service, caBundle: 'Cg==' })],
  ['a rule', ruled({})],
  [
    'an empty rule',
    ruled({ operations: [], apiGroups: [], apiVersions: [], resources: [] }),
    ...['operations', 'apiGroups', 'apiVersions', 'resources'].map((name) => `${at}.rules[0].${name}: Required value`),
  ],
  [
    'a rule with all and more',
    ruled({ operations: ['*', 'LOOK'], apiGroups: ['*', 'apps'], scope: 'Galaxy' }),
    `${at}.rules[0].operations: Invalid value: ["*","LOOK"]: if '*' is present, must not specify other operations`,
    `${at}.rules[0].operations[1]: Unsupported value: "LOOK": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
    `${at}.rules[0].apiGroups: Invalid value: ["*","apps"]: if '*' is present, must not specify other API groups`,
    `${at}.rules[0].scope: Unsupported value: "Galaxy": supported values: "*", "Cluster", "Namespaced"`,
  ],
  [
    'resources that say the same twice',
    ruled({ resources: ['pods/*', 'pods/status', '*', 'services'] }),
    `${at}.rules[0].resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`,
    `${at}.rules[0].resources: Invalid value: ["pods/*","pods/status","*","services"]: if '*' is present, must not specify other resources without subresources`,
  ],
  [
    'conditions',
    set({
      matchConditions: [
        { name: 'a', expression: ' ' },
        { name: 'a', expression: 'true' },
      ],
    }),
    `${at}.matchConditions[0].expression: Required value`,
    `${at}.matchConditions[1].name: Duplicate value: "a"`,
  ],
]);

testUpdates(minimal.validatingWebhooks, [
  ['may wait longer', set({ timeoutSeconds: 30 })],
  ['may not lose its name', set({ name: '' }), `${at}.name: Required value`],
]);

test('defaults, generation, row, and a warning that nobody is asked', () => {
  const stored = created(minimal.validatingWebhooks());
  expect(first(stored)).toMatchObject({
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    clientConfig: { service: { port: 443 } },
  });
  expect(updated(stored, set({ timeoutSeconds: 3 })).metadata.generation).toBe(2);
  expect(
    updated(stored, ({ metadata }) => void Object.assign(metadata, { labels: { a: 'b' } })).metadata.generation,
  ).toBe(1);
  expect(row(stored)).toEqual(['checks', 1, '<unknown>']);
  expect(kindOf(stored).warnings?.(stored as never)).toEqual([
    expect.stringContaining('does not call admission webhooks'),
  ]);
});

test('a webhook that changes objects is asked once, unless it says otherwise', () => {
  expect(created(minimal.mutatingWebhooks()).webhooks?.[0]).toMatchObject({ reinvocationPolicy: 'Never' });
});

testCreates(minimal.mutatingWebhooks, [
  [
    'another reinvocation',
    ({ webhooks }: MutatingWebhookConfiguration) =>
      void Object.assign(webhooks?.[0] ?? {}, { reinvocationPolicy: 'Always' }),
    `${at}.reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"`,
  ],
]);
