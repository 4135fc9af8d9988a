import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Payload, writeAtomically } from '../../../runtime/agent/volumes/atomic-writer';
import { prepareHostPath } from '../../../runtime/agent/volumes/host-path';
import { PodTokens } from '../../../runtime/agent/volumes/pod-tokens';
import { mountSubPath } from '../../../runtime/agent/volumes/sub-path';
import { VolumeManager } from '../../../runtime/agent/volumes/volume-manager';
import { UnreachableError } from '../../../runtime/client/client';
import { FakeApiClient } from '../../../runtime/client/fake-client';
import type { Pod, PodSpec, ServiceAccountTokenProjection, Volume } from '../../../runtime/kube/generated/types';
import { serviceAccounts } from '../../../runtime/kube/resource';
import { StatusError } from '../../../runtime/kube/status-error';
import { FakeClock } from '../../../runtime/util/fake-clock';
import { RecordingMounter } from '../harness';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orlop-volumes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const noObjects = { configMap: async () => undefined, secret: async () => undefined };

const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

describe('atomic writer', () => {
  test('shows the files through one link, and changes them all by changing it', async () => {
    expect(await writeAtomically(folder, payload({ a: '1', 'deep/b': '2' }))).toBe(true);
    const first = readlinkSync(join(folder, '..data'));
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('1');
    expect(readFileSync(join(folder, 'deep/b'), 'utf8')).toBe('2');
    expect(readlinkSync(join(folder, 'a'))).toBe('..data/a');
    expect(await writeAtomically(folder, payload({ a: '3', c: '4' }))).toBe(true);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('3');
    expect(existsSync(join(folder, 'deep'))).toBe(false);
    expect(existsSync(join(folder, first))).toBe(false);
  });

  test('writes nothing when nothing changed, and finishes what was cut off', async () => {
    await writeAtomically(folder, payload({ a: '1' }));
    const version = readlinkSync(join(folder, '..data'));
    expect(await writeAtomically(folder, payload({ a: '1' }))).toBe(false);
    expect(readlinkSync(join(folder, '..data'))).toBe(version);
    rmSync(join(folder, 'a'));
    mkdirSync(join(folder, '..half'));
    symlinkSync('..half', join(folder, '..data_tmp'));
    await writeAtomically(folder, payload({ a: '1' }));
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('1');
    expect(existsSync(join(folder, '..half'))).toBe(false);
    expect(await writeAtomically(folder, payload({ a: '1' }, 0o400))).toBe(true);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o400);
  });

  test.each(['/a', '../a', 'a/../../b', '..a', ''])('refuses the path %j', async (path) => {
    await expect(writeAtomically(folder, payload({ [path]: 'x' }))).rejects.toThrow('must be relative and stay inside');
  });
});

describe('hostPath', () => {
  test.each(['', 'DirectoryOrCreate'])('type %j makes a folder that is missing', async (type) => {
    await prepareHostPath({ path: join(folder, 'a/b'), type });
    expect(statSync(join(folder, 'a/b')).isDirectory()).toBe(true);
  });

  test('FileOrCreate makes a file, and leaves one that is there', async () => {
    const path = join(folder, 'f');
    await prepareHostPath({ path, type: 'FileOrCreate' });
    writeFileSync(path, 'kept');
    await prepareHostPath({ path, type: 'FileOrCreate' });
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });

  test.each(['Directory', 'File', 'Socket', 'CharDevice', 'BlockDevice'])('type %s must be there', async (type) => {
    await expect(prepareHostPath({ path: join(folder, 'none'), type })).rejects.toThrow('hostPath type check failed');
  });

  test('what is there must be of the type', async () => {
    await expect(prepareHostPath({ path: folder, type: 'FileOrCreate' })).rejects.toThrow('is not a file');
    await expect(prepareHostPath({ path: folder, type: 'Directory' })).resolves.toBe(folder);
    await expect(prepareHostPath({ path: '/dev/null', type: 'CharDevice' })).resolves.toBe('/dev/null');
  });
});

describe('subPath', () => {
  /** Says what a bind mount would show: the handle is closed right after. */
  class ResolvingMounter extends RecordingMounter {
    override async bind(source: string, target: string): Promise<void> {
      this.mounts.set(target, realpathSync(source));
    }
  }
  const mount = async (subPath: string) => {
    const mounter = new ResolvingMounter();
    const target = join(folder, 'targets', '0');
    await mountSubPath(mounter, join(folder, 'volume'), subPath, target);
    return mounter.mounts.get(target);
  };
  beforeEach(() => {
    mkdirSync(join(folder, 'volume/deep'), { recursive: true });
    writeFileSync(join(folder, 'volume/deep/file'), 'x');
    writeFileSync(join(folder, 'outside'), 'secret');
  });

  test('a file, a folder, and a folder that is made', async () => {
    expect(await mount('deep/file')).toBe(join(folder, 'volume/deep/file'));
    expect(lstatSync(join(folder, 'targets/0')).isFile()).toBe(true);
    rmSync(join(folder, 'targets'), { recursive: true });
    expect(await mount('new/one')).toBe(join(folder, 'volume/new/one'));
  });

  test('a link that stays inside is followed, as a ConfigMap needs', async () => {
    symlinkSync('deep', join(folder, 'volume/..data'));
    symlinkSync('..data/file', join(folder, 'volume/file'));
    expect(await mount('file')).toBe(join(folder, 'volume/deep/file'));
  });

  test('a link that leads out is refused, as are "..", and absolute paths', async () => {
    symlinkSync(folder, join(folder, 'volume/up'));
    symlinkSync(join(folder, 'outside'), join(folder, 'volume/out'));
    await expect(mount('up/outside')).rejects.toThrow('leads out of its volume');
    await expect(mount('out')).rejects.toThrow('leads out of its volume');
    await expect(mount('up/made')).rejects.toThrow('leads out of its volume');
    await expect(mount('../outside')).rejects.toThrow('must not contain ".."');
    await expect(mount('/etc')).rejects.toThrow('must be relative');
    expect(existsSync(join(folder, 'made'))).toBe(false);
  });
});

describe('volumes of a pod', () => {
  const data: Record<string, Record<string, string>> = { conf: { 'a.txt': 'A', b: 'B' } };
  const mounter = new RecordingMounter();
  const clock = new FakeClock();
  let client: FakeApiClient;
  let volumes: VolumeManager;
  const pod = (...list: Volume[]): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-1', labels: { a: '1', b: 'x"y' } },
    spec: {
      containers: [
        {
          name: 'app',
          volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true, mountPropagation: 'HostToContainer' }],
        },
      ],
      volumes: list,
    },
  });
  beforeEach(() => {
    mounter.mounts.clear();
    client = new FakeApiClient(clock);
    for (const name of ['default', 'bot']) {
      const metadata = { name, namespace: 'shop' };
      client.seed(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    volumes = new VolumeManager({
      root: join(folder, 'pods'),
      mounter,
      tokens: new PodTokens(client, clock),
      context: () => ({
        hostIp: '',
        nodeName: 'node-1',
        allocatable: {},
        objects: {
          configMap: async (_namespace, name) =>
            data[name] && { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: data[name] },
          secret: async (_namespace, name) =>
            name === 'pass'
              ? {
                  apiVersion: 'v1',
                  kind: 'Secret',
                  metadata: {},
                  data: { word: Buffer.from('sesame').toString('base64') },
                }
              : undefined,
        },
      }),
    });
  });
  const setUp = async (volume: Omit<Volume, 'name'>, securityContext = {}) => {
    const made = pod({ name: 'v', ...volume });
    if (made.spec) made.spec.securityContext = securityContext;
    return (await volumes.setUp(made)).get('v') as string;
  };

  test('emptyDir: open to all, in memory with a limit where asked for', async () => {
    const plain = await setUp({ emptyDir: {} });
    expect(statSync(plain).mode & 0o7777).toBe(0o777);
    await volumes.tearDown('uid-1');
    const memory = await setUp({ emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
    expect(mounter.mounts.get(memory)).toBe(`tmpfs ${2 ** 20}`);
  });

  test('ConfigMap: keys, chosen items with modes, live change', async () => {
    const path = await setUp({ configMap: { name: 'conf', items: [{ key: 'a.txt', path: 'x/y', mode: 0o600 }] } });
    expect(readFileSync(join(path, 'x/y'), 'utf8')).toBe('A');
    expect(statSync(join(path, 'x/y')).mode & 0o777).toBe(0o600);
    await volumes.tearDown('uid-1');
    const whole = pod({ name: 'v', configMap: { name: 'conf', defaultMode: 0o440 } });
    const folderOf = (await volumes.setUp(whole)).get('v') as string;
    data.conf = { 'a.txt': 'new' };
    await volumes.refresh(whole);
    expect(readFileSync(join(folderOf, 'a.txt'), 'utf8')).toBe('new');
    expect(existsSync(join(folderOf, 'b'))).toBe(false);
  });

  test('Secret: kept in memory, readable for the fsGroup', async () => {
    const path = await setUp({ secret: { secretName: 'pass', defaultMode: 0o400 } }, { fsGroup: process.getgid?.() });
    expect(mounter.mounts.get(path)).toBe('tmpfs');
    expect(readFileSync(join(path, 'word'), 'utf8')).toBe('sesame');
    expect(statSync(join(path, 'word')).mode & 0o777).toBe(0o440);
  });

  test('downward API and projected', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const path = await setUp({
      projected: {
        sources: [
          { downwardAPI: { items } },
          { secret: { name: 'pass' } },
          { configMap: { name: 'none', optional: true } },
        ],
      },
    });
    expect(readFileSync(join(path, 'labels'), 'utf8')).toBe('a="1"\nb="x\\"y"');
    expect(readFileSync(join(path, 'word'), 'utf8')).toBe('sesame');
  });

  describe('service account token', () => {
    const minute = 60_000;
    const tokenIn = (path: string) => JSON.parse(readFileSync(join(path, 'token'), 'utf8')) as { number: number };
    /** Which of the tokens that were ever made a volume shows. */
    const numberIn = (path: string) => tokenIn(path).number;
    const asked = () => client.writes.filter((write) => write.startsWith('createSubresource serviceaccounts/token'));
    const withToken = (projection: Partial<ServiceAccountTokenProjection> = {}, spec: Partial<PodSpec> = {}): Pod => {
      const made = pod({
        name: 'v',
        projected: {
          defaultMode: 0o644,
          sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607, ...projection } }],
        },
      });
      return { ...made, spec: { ...made.spec, serviceAccountName: 'bot', ...spec } as PodSpec };
    };
    const pathOf = async (of: Pod) => (await volumes.setUp(of)).get('v') as string;
    const fail = (error: Error) => {
      client.intercept = (_verb, _resource, _key, subresource) => {
        if (subresource === 'token') throw error;
      };
    };

    test("is the pod's account's, in memory, and asked for once", async () => {
      const made = withToken({ audience: 'vault' });
      const path = await pathOf(made);
      await volumes.refresh(made);
      expect(mounter.mounts.get(path)).toBe('tmpfs');
      expect(asked()).toEqual(['createSubresource serviceaccounts/token shop/bot']);
      expect(tokenIn(path)).toEqual({
        number: 1,
        account: 'shop/bot',
        audiences: ['vault'],
        expirationSeconds: 3607,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'uid-1' },
      });
    });

    test.each([
      ['four fifths of its life', 3600, 48 * minute],
      ['a day of a longer life', 7 * 24 * 3600, 24 * 60 * minute],
    ])('is renewed after %s, not before', async (_when, expirationSeconds, due) => {
      const made = withToken({ expirationSeconds });
      const path = await pathOf(made);
      await clock.advance(due - 1);
      expect(volumes.tokenIsDue(made)).toBe(false);
      await volumes.refresh(made);
      expect(numberIn(path)).toBe(1);
      await clock.advance(1);
      expect(volumes.tokenIsDue(made)).toBe(true);
      await volumes.refresh(made);
      expect(numberIn(path)).toBe(2);
      expect(volumes.tokenIsDue(made)).toBe(false);
    });

    test('stays while a new one cannot be had, as long as it holds', async () => {
      const made = withToken({ expirationSeconds: 3600 });
      const path = await pathOf(made);
      fail(new StatusError('InternalError', 'disk full'));
      await clock.advance(50 * minute);
      await volumes.refresh(made);
      expect(numberIn(path)).toBe(1);
      expect(volumes.tokenIsDue(made)).toBe(true);
      await clock.advance(10 * minute);
      const refusal = { reason: 'FailedMount', message: 'failed to fetch token: disk full' };
      await expect(volumes.refresh(made)).rejects.toMatchObject(refusal);
      client.intercept = undefined;
      await volumes.refresh(made);
      expect(numberIn(path)).toBe(2);
    });

    test('that an earlier agent wrote is used while the server is away', async () => {
      const made = withToken();
      fail(new UnreachableError('the server is away'));
      await expect(volumes.setUp(made)).rejects.toThrow('the server is away');
      client.intercept = undefined;
      const path = await pathOf(made);
      volumes = new VolumeManager({
        root: join(folder, 'pods'),
        mounter,
        tokens: new PodTokens(client, clock),
        context: () => ({ hostIp: '', nodeName: 'node-1', allocatable: {}, objects: noObjects }),
      });
      fail(new UnreachableError('the server is away'));
      expect(await pathOf(made)).toBe(path);
      expect(numberIn(path)).toBe(1);
      expect(volumes.tokenIsDue(made)).toBe(true);
    });

    test('is forgotten with its pod, and nobody else has it', async () => {
      const made = withToken();
      await pathOf(made);
      const other = { ...made, metadata: { ...made.metadata, name: 'other', uid: 'uid-2' } };
      expect(numberIn(await pathOf(other))).toBe(2);
      await volumes.tearDown('uid-1');
      expect([volumes.tokenIsDue(made), volumes.tokenIsDue(other)]).toEqual([true, false]);
      expect(numberIn(await pathOf(made))).toBe(3);
    });

    test('has a reason where the account is missing; a pod without one is never due', async () => {
      const refusal = { reason: 'FailedMount', message: 'failed to fetch token: serviceaccounts "none" not found' };
      await expect(volumes.setUp(withToken({}, { serviceAccountName: 'none' }))).rejects.toMatchObject(refusal);
      expect(volumes.tokenIsDue(pod({ name: 'v', emptyDir: {} }))).toBe(false);
    });

    const me = process.getuid?.() ?? 0;
    const group = process.getgid?.() ?? 0;
    test.each<[string, Partial<PodSpec>, number]>([
      ['everybody', {}, 0o644],
      ['its user where all containers have one', { securityContext: { runAsUser: me } }, 0o600],
      ['its user and the fsGroup', { securityContext: { runAsUser: me, fsGroup: group } }, 0o640],
      ['the fsGroup', { securityContext: { fsGroup: group } }, 0o640],
      [
        'everybody where containers have several',
        {
          containers: [
            { name: 'a', image: 'i', securityContext: { runAsUser: me + 1 } },
            { name: 'b', image: 'i' },
          ],
          securityContext: { runAsUser: me },
        },
        0o644,
      ],
    ])('can be read by %s', async (_who, spec, mode) => {
      const stats = statSync(join(await pathOf(withToken({}, spec)), 'token'));
      expect([stats.mode & 0o777, stats.uid]).toEqual([mode, me]);
    });
  });

  test.each([
    [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ secret: { secretName: 'none' } }, 'secret "none" not found'],
    [{ secret: { secretName: 'pass', items: [{ key: 'no', path: 'x' }] } }, 'references non-existent config key: no'],
    [{ nfs: { server: 's', path: '/' } }, 'is of type nfs, which is not served'],
  ])('%j fails with its reason', async (volume, message) => {
    await expect(setUp(volume)).rejects.toMatchObject({
      reason: 'FailedMount',
      message: expect.stringContaining(message),
    });
    if (!('nfs' in volume) && !JSON.stringify(volume).includes('pass')) {
      const kind = Object.keys(volume)[0] as 'configMap' | 'secret';
      await setUp({ [kind]: { ...Object.values(volume)[0], optional: true } });
    }
  });

  test('a mount takes its options from the container, and must name a volume', async () => {
    const made = pod({ name: 'v', emptyDir: {} });
    const paths = await volumes.setUp(made);
    const container = made.spec?.containers[0];
    if (!container) throw new Error('no container');
    expect(await volumes.mounts(made, container, paths, new Map())).toEqual([
      { hostPath: paths.get('v'), containerPath: '/v', readOnly: true, propagation: 'rslave' },
    ]);
    await expect(volumes.mounts(made, container, new Map(), new Map())).rejects.toThrow('volume "v" is not one of');
  });

  test('tear-down unmounts, follows no link, and takes only a pod uid', async () => {
    const path = await setUp({ emptyDir: { medium: 'Memory' } });
    writeFileSync(join(folder, 'kept'), '');
    symlinkSync(folder, join(path, 'link'));
    expect(await volumes.podUids()).toEqual(['uid-1']);
    await volumes.tearDown('uid-1');
    expect(mounter.mounts.size).toBe(0);
    expect(existsSync(join(folder, 'kept'))).toBe(true);
    expect(await volumes.podUids()).toEqual([]);
    await expect(volumes.tearDown('../..')).rejects.toThrow('cannot name a folder');
  });
});
