import { type ImageError, ImagePuller, registryOf } from '../../runtime/agent/pod/image-puller';
import { EngineError, type RegistryAuth } from '../../runtime/engine/engine';
import { SimulatedEngine } from '../../runtime/engine/simulated/simulated-engine';
import { FakeClock } from '../../runtime/util/fake-clock';

let clock: FakeClock;
let pulls: string[];
let failure: EngineError | undefined;
let puller: ImagePuller;

beforeEach(() => {
  clock = new FakeClock(0);
  pulls = [];
  failure = undefined;
  const engine = new SimulatedEngine({ clock, images: ['present:1'] });
  engine.pullImage = async (name: string, auth?: RegistryAuth) => {
    pulls.push(auth ? `${name} as ${auth.username}` : name);
    if (failure && auth?.username !== 'good') throw failure;
    return {
      id: 'sha256:1',
      names: [name],
      sizeBytes: 1,
      user: '',
      entrypoint: [],
      command: [],
      workingDir: '',
      env: [],
    };
  };
  puller = new ImagePuller(engine, clock);
});

const ensure = (image: string, imagePullPolicy?: string, auths: RegistryAuth[] = []) =>
  puller.ensure({ name: 'app', image, imagePullPolicy }, async () => auths);
const problem = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ImageError) => `${error.reason} ${error.retryAt}`,
  );

test.each([
  ['present:1', 'IfNotPresent', 0],
  ['present:1', 'Always', 1],
  ['present:1', undefined, 0],
  ['absent:1', 'IfNotPresent', 1],
  ['absent', undefined, 1],
])('%s with policy %s is pulled %i times', async (image, policy, times) => {
  await ensure(image, policy);
  expect(pulls).toHaveLength(times);
});

test('Never does not pull', async () => {
  expect(await problem(ensure('absent:1', 'Never'))).toBe('ErrImageNeverPull 10000');
  expect(pulls).toEqual([]);
});

test('a failing pull backs off: 10 s, 20 s, 40 s, and starts anew once it worked', async () => {
  failure = new EngineError('image-not-found', 'gone');
  expect(await problem(ensure('absent:1'))).toBe('ErrImagePull 10000');
  expect(await problem(ensure('absent:1'))).toBe('ImagePullBackOff 10000');
  expect(pulls).toHaveLength(1);
  await clock.advance(10_000);
  expect(await problem(ensure('absent:1'))).toBe('ErrImagePull 30000');
  await clock.advance(20_000);
  expect(await problem(ensure('absent:1'))).toBe('ErrImagePull 70000');
  failure = undefined;
  await clock.advance(40_000);
  await ensure('absent:1');
  failure = new EngineError('image-not-found', 'gone');
  expect(await problem(ensure('absent:1'))).toBe('ErrImagePull 80000');
});

test('two containers that need one image share one pull', async () => {
  await Promise.all([ensure('absent:1'), ensure('absent:1')]);
  expect(pulls).toEqual(['absent:1']);
});

test("credentials of the image's registry are tried in turn, and no others", async () => {
  failure = new EngineError('unauthorized', 'no');
  const auth = (serverAddress: string, username: string) => ({ serverAddress, username, password: '' });
  await ensure('r.example/a:1', undefined, [
    auth('other', 'x'),
    auth('https://r.example/v2/', 'bad'),
    auth('r.example', 'good'),
  ]);
  expect(pulls).toEqual(['r.example/a:1 as bad', 'r.example/a:1 as good']);
  await ensure('library/a:1', undefined, [auth('https://index.docker.io/v1/', 'good')]);
  expect(pulls.at(-1)).toBe('library/a:1 as good');
});

test.each(['', 'UPPER/Case', 'a:b:c', 'a b', '-a', 'a@sha256:12', 'http://a/b'])(
  '%j is no image name',
  async (image) => {
    expect(await problem(ensure(image))).toMatch(/^InvalidImageName/);
  },
);

test.each([
  ['nginx', 'docker.io'],
  ['me/app:1', 'docker.io'],
  ['localhost/app', 'localhost'],
  ['r:5000/a/b', 'r:5000'],
  ['ghcr.io/a/b@sha256:1', 'ghcr.io'],
])('the registry of %s is %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});
