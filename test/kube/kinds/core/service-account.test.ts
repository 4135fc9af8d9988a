import { minimal, testCreates } from '../fixtures';

describe('ServiceAccount', () => {
  testCreates(minimal.serviceAccount, [
    [
      'no name',
      (account) => void Object.assign(account.metadata, { name: '' }),
      'metadata.name: Required value: name or generateName is required',
    ],
  ]);
});
