import fc from 'fast-check';
import { type DeploymentPlan, decideDeployment } from '../../runtime/controllers/deployment/decide';
import { scale } from '../../runtime/controllers/deployment/proportional';
import { maxSurge, maxUnavailable, planned } from '../../runtime/controllers/deployment/state';
import type { Deployment, ReplicaSet } from '../../runtime/kube/generated/types';
import { deployment, replicaSet } from './harness';

describe('percentages of replicas', () => {
  test.each([
    // replicas, maxSurge, maxUnavailable → surge, unavailable
    [3, '25%', '25%', 1, 0],
    [4, '25%', '25%', 1, 1],
    [10, '25%', '25%', 3, 2],
    [1, '25%', '25%', 1, 0],
    [3, 0, 1, 0, 1],
    [3, 0, '10%', 0, 1],
    [2, '0%', '0%', 0, 1],
    [5, '100%', 0, 5, 0],
    [2, 0, 5, 0, 2],
    [0, '25%', '25%', 0, 0],
  ])('%d replicas, surge %s, unavailable %s: %d above, %d below', (replicas, surge, unavailable, above, below) => {
    const rollingUpdate = { maxSurge: surge, maxUnavailable: unavailable };
    const subject = deployment('web', { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
    expect([maxSurge(subject), maxUnavailable(subject)]).toEqual([above, below]);
  });
});

describe('proportional scaling in the middle of a rollout', () => {
  const sized = (name: string, replicas: number, noted: number, surge: number): ReplicaSet => {
    const set = replicaSet(name, replicas);
    set.metadata.creationTimestamp = name === 'old' ? '2026-01-01T00:00:00Z' : '2026-01-01T01:00:00Z';
    set.metadata.annotations = {
      'deployment.kubernetes.io/desired-replicas': String(noted),
      'deployment.kubernetes.io/max-replicas': String(noted + surge),
    };
    return set;
  };
  test.each([
    // [old, new] at 10 replicas with surge 2, scaled to n → [old, new]
    [[7, 5], 20, [13, 9]],
    [[10, 2], 5, [6, 1]],
    [[7, 5], 0, [0, 0]],
  ])('%j to %d: %j', (sizes, replicas, result) => {
    const rollingUpdate = { maxSurge: 2, maxUnavailable: 2 };
    const subject = deployment('web', { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
    const oldSet = planned(sized('old', sizes[0] as number, 10, 2));
    const newSet = planned(sized('new', sizes[1] as number, 10, 2));
    scale(subject, newSet, [oldSet]);
    expect([oldSet.desired.spec?.replicas, newSet.desired.spec?.replicas]).toEqual(result);
  });
});

/** A cluster in small: ReplicaSets with pods that are ready or not, acted on in any order. */
class Model {
  readonly sets = new Map<string, { set: ReplicaSet; pending: number; ready: number }>();
  private clock = Date.parse('2026-01-01T00:00:00Z');
  private uids = 0;

  constructor(public subject: Deployment) {}

  reconcile(): DeploymentPlan {
    this.clock += 1_000;
    const replicaSets = [...this.sets.values()].map(({ set }) => set);
    const plan = decideDeployment({ deployment: this.subject, replicaSets, pods: [], now: this.clock });
    if (plan.create) {
      const metadata = {
        ...plan.create.metadata,
        uid: `rs-${++this.uids}`,
        generation: 1,
        creationTimestamp: new Date(this.clock).toISOString(),
      };
      this.sets.set(plan.create.metadata.name ?? '', { set: { ...plan.create, metadata }, pending: 0, ready: 0 });
    }
    for (const set of plan.update) {
      const entry = this.sets.get(set.metadata.name ?? '');
      const generation = (set.metadata.generation ?? 1) + 1;
      if (entry) entry.set = { ...set, metadata: { ...set.metadata, generation } };
    }
    for (const set of plan.delete) this.sets.delete(set.metadata.name ?? '');
    this.subject = { ...this.subject, status: plan.status };
    return plan;
  }

  /** The ReplicaSet controller: makes or deletes pods, those not ready first. */
  manage(index: number): void {
    const entry = [...this.sets.values()][index % Math.max(1, this.sets.size)];
    if (!entry) return;
    const difference = (entry.set.spec?.replicas ?? 0) - entry.pending - entry.ready;
    if (difference > 0) entry.pending += difference;
    const unready = Math.min(entry.pending, Math.max(0, -difference));
    entry.pending -= unready;
    entry.ready -= Math.max(0, -difference) - unready;
  }

  /** Its status, which may come later. */
  report(index: number): void {
    const entry = [...this.sets.values()][index % Math.max(1, this.sets.size)];
    if (!entry) return;
    const { pending, ready, set } = entry;
    const status = {
      replicas: pending + ready,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation,
    };
    entry.set = { ...set, status };
  }

  becomeReady(index: number): void {
    const entry = [...this.sets.values()][index % Math.max(1, this.sets.size)];
    if (!entry || entry.pending === 0) return;
    entry.pending--;
    entry.ready++;
  }

  setImage(image: string): void {
    const spec = deployment('web', {}, image).spec?.template;
    const generation = (this.subject.metadata.generation ?? 1) + 1;
    this.subject = {
      ...this.subject,
      metadata: { ...this.subject.metadata, generation },
      spec: { ...(this.subject.spec as NonNullable<Deployment['spec']>), template: spec as never },
    };
  }

  total(value: (entry: { set: ReplicaSet; pending: number; ready: number }) => number): number {
    return [...this.sets.values()].reduce((sum, entry) => sum + value(entry), 0);
  }

  converge(): void {
    for (let round = 0; round < 200; round++) {
      this.reconcile();
      for (let i = 0; i < this.sets.size; i++) {
        this.manage(i);
        for (let pods = 0; pods < 30; pods++) this.becomeReady(i);
        this.report(i);
      }
    }
  }
}

test('a rolling update keeps within its bounds in whatever order things happen, and always ends', () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
  );
  const step = fc.record({
    what: fc.constantFrom('reconcile', 'reconcile', 'manage', 'manage', 'report', 'ready', 'ready', 'ready', 'image'),
    index: fc.nat(4),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      amount,
      amount,
      fc.array(step, { maxLength: 120 }),
      (replicas, surge, unavailable, steps) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } };
        const model = new Model(deployment('web', { replicas, strategy }, 'web:0'));
        const above = replicas + maxSurge(model.subject);
        const below = replicas - maxUnavailable(model.subject);
        model.converge();
        let image = 0;
        const check = () => {
          expect(model.total(({ set }) => set.spec?.replicas ?? 0)).toBeLessThanOrEqual(above);
          expect(model.total(({ ready }) => ready)).toBeGreaterThanOrEqual(below);
        };
        for (const { what, index } of steps) {
          if (what === 'reconcile') model.reconcile();
          else if (what === 'manage') model.manage(index);
          else if (what === 'report') model.report(index);
          else if (what === 'ready') model.becomeReady(index);
          else model.setImage(`web:${++image % 3}`);
          check();
        }
        model.converge();
        check();
        const plan = model.reconcile();
        expect(plan).toMatchObject({
          create: undefined,
          update: [],
          scaled: [],
          status: { updatedReplicas: replicas, availableReplicas: replicas, replicas },
        });
      },
    ),
    { numRuns: 60 },
  );
});
