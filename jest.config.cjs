/** Unit tests run in memory; the e2e project drives real Docker Engines and is serial. */
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } }, module: { type: 'commonjs' } },
  ],
  // Packages of ECMAScript modules alone, which Jest cannot require as Node.js does.
  '/node_modules/(@marcbachmann|jose)/.+\\.js$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } }, module: { type: 'commonjs' } },
  ],
};
const base = {
  transform,
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/|jose/)'],
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'],
};
module.exports = {
  // Nothing is timed by it: it only ends a test that hangs, however busy the machine.
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        ...['conformance', 'e2e', 'docker', 'system'].map((each) => `<rootDir>/test/${each}/`),
      ],
    },
    // Kubernetes' conformance behaviours, each under its upstream name: a control plane in memory, served over HTTPS.
    {
      ...base,
      displayName: 'conformance',
      testMatch: ['<rootDir>/test/conformance/**/*.test.ts'],
    },
    // Runs programs of this machine: a Docker Engine (docker/), Terraform and a host's shell (system/).
    {
      ...base,
      displayName: 'docker',
      testMatch: ['docker', 'system'].map((each) => `<rootDir>/test/${each}/**/*.test.ts`),
    },
    // Shares one deployed cluster: made before the first file, destroyed after the last.
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/e2e/support/global-teardown.ts',
    },
  ],
};
