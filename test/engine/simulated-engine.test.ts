import type { ContainerSpec } from '../../runtime/engine/engine';
import { type Behaviour, SimulatedEngine } from '../../runtime/engine/simulated/simulated-engine';
import { FakeClock } from '../../runtime/util/fake-clock';
import { engineSuite, type Program } from './engine-suite';

const behaviours: Record<Program, Behaviour> = {
  sleep: {},
  'ignore-sigterm': { ignoresSigterm: true },
  'exit-3': { exit: { afterMilliseconds: 10, code: 3 } },
  print: { output: ['one', 'two', 'three'], exit: { afterMilliseconds: 10, code: 0 } },
  'cannot-start': { startError: 'exec: "nothing": executable file not found in $PATH' },
};

describe('simulated engine', () => {
  engineSuite(async () => {
    const clock = new FakeClock();
    const engine = new SimulatedEngine({
      clock,
      images: ['app:1'],
      behaviour: (spec: ContainerSpec) => behaviours[spec.command[0] as Program],
    });
    const command = Object.fromEntries(Object.keys(behaviours).map((name) => [name, [name]]));
    return {
      engine,
      image: 'app:1',
      command: command as Record<Program, string[]>,
      async until(done) {
        for (let i = 0; i < 100 && !(await done()); i++) await clock.advance(100);
        expect(await done()).toBe(true);
      },
      async close() {},
    };
  });
});
