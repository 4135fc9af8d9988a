import { Project } from './project';

/** The cluster that the end-to-end tests share: deployed before the first of them, destroyed after the last. */
export const shared = new Project('e2e', 'test/e2e/fixture/main.ts');
