import { Project } from './project';

/** The cluster that the end-to-end tests share: deployed before the first of them, destroyed after the last. */
export const shared = new Project(`e2e${process.env.ORLOP_E2E_INSTANCE ?? 0}`, 'test/e2e/fixture/main.ts');
