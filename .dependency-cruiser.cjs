const { readdirSync } = require('node:fs');

/**
 * Who may import whom. Each room lists the rooms it may import beside itself; anything else of ours is refused,
 * and so is every cycle.
 */
const rooms = {
  'runtime/util': [],
  'runtime/config': [],
  'runtime/pki': [],
  'runtime/kube': [],
  'runtime/store': ['runtime/kube'],
  'runtime/client': ['runtime/kube'],
  'runtime/apiserver': ['runtime/kube', 'runtime/store', 'runtime/client', 'runtime/pki', 'runtime/config'],
  'runtime/scheduler': ['runtime/kube', 'runtime/client'],
  'runtime/controllers': ['runtime/kube', 'runtime/client'],
  'runtime/network': ['runtime/kube', 'runtime/client'],
  'runtime/engine': ['runtime/kube'],
  'runtime/agent': [
    'runtime/kube',
    'runtime/client',
    'runtime/engine',
    'runtime/network',
    'runtime/pki',
    'runtime/config',
  ],
  'runtime/provision': ['runtime/config'],
  'runtime/node-image': [],
  'runtime/terraform/protocol': [],
  'runtime/terraform/docker': ['runtime/terraform/protocol'],
  'runtime/terraform/orlop': [
    'runtime/terraform/protocol',
    'runtime/kube',
    'runtime/client',
    'runtime/provision',
    'runtime/config',
    'runtime/scheduler',
    'runtime/apiserver/admission',
  ],
  lib: ['runtime/kube', 'runtime/config', 'runtime/node-image', 'runtime/terraform/orlop/schema'],
};

// A room without a rule would be free to import anything. Of all rooms cli alone is: there the parts are put together.
for (const room of readdirSync('runtime')) {
  const ruled = Object.keys(rooms).some((name) => `${name}/`.startsWith(`runtime/${room}/`));
  if (!ruled && room !== 'cli') throw new Error(`runtime/${room}: .dependency-cruiser.cjs says not what it may import`);
}

const escaped = (path) => path.replace(/[/.]/g, '\\$&');

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: allowed.length > 0 ? `${room} imports only ${allowed.join(', ')}` : `${room} imports nothing of ours`,
      severity: 'error',
      from: { path: `^${escaped(room)}/` },
      to: {
        path: '^(lib|runtime|tools|test|bench|examples)/',
        pathNot: [room, 'runtime/util', ...allowed]
          .filter((each) => room !== 'runtime/kube' || each === room)
          .map((each) => `^${escaped(each)}/`),
      },
    })),
    {
      name: 'the code that runs needs no development package',
      severity: 'error',
      from: { path: '^(lib|runtime)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    parser: 'swc',
    tsPreCompilationDeps: true,
  },
};
