/** Unit tests run in memory; the e2e project drives real Docker Engines and is serial. */
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } }, module: { type: 'commonjs' } },
  ],
};
const base = { transform, testEnvironment: 'node', moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'] };
module.exports = {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/docker/'],
    },
    // Needs a real Docker Engine on this machine.
    { ...base, displayName: 'docker', testMatch: ['<rootDir>/test/docker/**/*.test.ts'] },
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
