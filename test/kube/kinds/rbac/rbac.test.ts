import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates } from '../fixtures';

const group = 'rbac.authorization.k8s.io';
const rules = (rule: PolicyRule) => (role: Role | ClusterRole) => {
  role.rules = [rule];
};

describe('Role', () => {
  testCreates(minimal.role, [
    [
      'a name with a colon',
      (role) => {
        role.metadata.name = 'system:Reader';
      },
    ],
    [
      'a name that is a path',
      (role) => {
        role.metadata.name = 'a/b';
      },
      'metadata.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    [
      'a name that no URL can have',
      (role) => void Object.assign(role.metadata, { name: 'a\\b' }),
      'metadata.name: Invalid value: "a\\\\b": may not contain a backslash or a zero byte',
    ],
    [
      'a name that no store can keep',
      (role) => void Object.assign(role.metadata, { name: 'a'.repeat(1025) }),
      expect.stringContaining('must be no more than 1024 bytes') as never,
    ],
    [
      'no rules',
      (role) => {
        role.rules = undefined;
      },
    ],
    [
      'an empty rule',
      rules({ verbs: [] }),
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
    [
      'paths',
      rules({ verbs: ['get'], nonResourceURLs: ['/metrics'] }),
      'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ]);
  test('row', () => {
    const role = created(minimal.role());
    role.metadata.creationTimestamp = '2026-01-01T00:00:00Z';
    expect(row(role)).toEqual(['reader', '2026-01-01T00:00:00Z']);
  });
});

describe('ClusterRole', () => {
  testCreates(minimal.clusterRole, [
    ['paths', rules({ verbs: ['get'], nonResourceURLs: ['/metrics'] })],
    [
      'paths and resources',
      rules({ verbs: ['get'], nonResourceURLs: ['/metrics'], resources: ['pods'] }),
      'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'made of others',
      (role) => {
        role.aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
      },
    ],
    [
      'made of none',
      (role) => {
        role.aggregationRule = {};
      },
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  ]);
});

describe('RoleBinding', () => {
  const ref = (value: Partial<RoleRef>) => (binding: RoleBinding) => void Object.assign(binding.roleRef, value);
  const to = (subject: Subject) => (binding: RoleBinding) => {
    binding.subjects = [subject];
  };

  test('roles, users and groups are of this group of the API', () => {
    const binding = minimal.roleBinding();
    binding.subjects?.push({ kind: 'ServiceAccount', name: 'robot' });
    expect(created(binding)).toMatchObject({
      roleRef: { apiGroup: group },
      subjects: [
        { kind: 'User', name: 'ann', apiGroup: group },
        { kind: 'ServiceAccount', name: 'robot' },
      ],
    });
  });

  testCreates(minimal.roleBinding, [
    ['a role of the cluster', ref({ kind: 'ClusterRole', name: 'system:reader' })],
    ['an account of this namespace', to({ kind: 'ServiceAccount', name: 'robot' })],
    [
      'another group',
      ref({ apiGroup: 'a.io' }),
      `roleRef.apiGroup: Unsupported value: "a.io": supported values: "${group}"`,
    ],
    [
      'another kind',
      ref({ kind: 'X' }),
      'roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"',
    ],
    ['no role', ref({ name: '' }), 'roleRef.name: Required value'],
    [
      'nobody',
      to({ kind: 'User', name: '' }),
      'subjects[0].name: Required value',
      'subjects[0].name: Invalid value: "": user name cannot be empty',
    ],
    [
      'something',
      to({ kind: 'X', name: 'a' }),
      'subjects[0].kind: Unsupported value: "X": supported values: "ServiceAccount", "User", "Group"',
    ],
    [
      'a group of another API',
      to({ kind: 'Group', name: 'a', apiGroup: 'a.io' }),
      `subjects[0].apiGroup: Unsupported value: "a.io": supported values: "${group}"`,
    ],
    [
      'an account of another API',
      to({ kind: 'ServiceAccount', name: 'a', apiGroup: group }),
      `subjects[0].apiGroup: Unsupported value: "${group}": supported values: ""`,
    ],
  ]);
  testUpdates(minimal.roleBinding, [
    ['may be for others', to({ kind: 'Group', name: 'team' })],
    [
      'may not be of another role',
      ref({ name: 'other' }),
      `roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"${group}"}: cannot change roleRef`,
    ],
  ]);
  test('row', () => {
    const binding = minimal.roleBinding();
    const subjects = [
      ['User', 'bob'],
      ['Group', 'team'],
      ['ServiceAccount', 'robot'],
    ].map(([kind = '', name = '']) => ({ kind, name, namespace: kind === 'ServiceAccount' ? 'default' : undefined }));
    binding.subjects?.push(...subjects);
    expect(row(binding)).toEqual(['readers', 'Role/reader', '<unknown>', 'ann, bob', 'team', 'default/robot']);
  });
});

describe('ClusterRoleBinding', () => {
  testCreates(minimal.clusterRoleBinding, [
    [
      'a role of a namespace',
      (binding: ClusterRoleBinding) => {
        binding.roleRef.kind = 'Role';
      },
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    [
      'an account of no namespace',
      (binding: ClusterRoleBinding) => {
        binding.subjects = [{ kind: 'ServiceAccount', name: 'robot' }];
      },
      'subjects[0].namespace: Required value',
    ],
  ]);
});
