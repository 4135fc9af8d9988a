import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { hostPaths } from '../config/config';
import { type Connection, ConnectionError } from './connection';
import type { HostFacts } from './host-facts';
import { mustRun } from './host-run';
import { type NodeTarball, nodeMember } from './node-tarball';
import type { Arch, RuntimeBundle } from './runtime-bundle';
import { hashProgram, refuse } from './transfer';

/** One file of a version as the host keeps it: content by hash, linked into each version that has it. */
interface Blob {
  path: string;
  sha256: string;
  sizeBytes: number;
  mode: number;
  source: 'bundle' | 'node';
}

export interface UploadPlan {
  version: string;
  blobs: Blob[];
  missing: Blob[];
  /** What the host's disk must take. */
  neededBytes: number;
}

/** What of the runtime a host lacks. Nothing when the version is there as a whole. */
export function planUpload(bundle: RuntimeBundle, arch: Arch, node: NodeTarball, facts: HostFacts): UploadPlan {
  const blobs: Blob[] = [
    ...bundle.filesFor(arch).map(
      (file): Blob => ({
        path: file.path,
        sha256: file.sha256,
        sizeBytes: file.sizeBytes,
        mode: 0o644,
        source: 'bundle',
      }),
    ),
    { path: 'node', sha256: node.binarySha256, sizeBytes: node.binarySizeBytes, mode: 0o755, source: 'node' },
  ];
  const present = new Set(facts.blobs);
  const missing = facts.versions.includes(bundle.version) ? [] : blobs.filter((blob) => !present.has(blob.sha256));
  return {
    version: bundle.version,
    blobs,
    missing,
    neededBytes: missing.reduce((sum, blob) => sum + blob.sizeBytes, 0),
  };
}

/** Unpacks one member of a tarball on standard input into a blob. $1: blobs folder, $2: member, $3: sha256. */
const unpackMember = `mkdir -p -- "$1" && cd "$1" || exit 1
incoming=".incoming-$3-$$"
trap 'rm -f "$incoming"' EXIT
tar -xzOf - "$2" >"$incoming" || exit 1
${hashProgram}
[ "$(hash <"$incoming")" = "$3" ] || { echo "sha256 differs" >&2; exit 9; }
chmod 755 "$incoming" && { sync "$incoming" 2>/dev/null || sync; } && mv -f "$incoming" "$3"`;

/** Links blobs into a version's folder and gives it its name. Lines on standard input: sha256, mode, path. $1: runtime, $2: version. */
const assemble = `cd "$1" || exit 1
[ -d "$2" ] && exit 0
incoming=".incoming-$2"
rm -rf "$incoming" && mkdir -p "$incoming" || exit 1
while read -r hash mode path; do
  mkdir -p "$incoming/$(dirname "$path")" && chmod "$mode" ".blobs/$hash" && ln -f ".blobs/$hash" "$incoming/$path" || exit 1
done
sync
mv -T "$incoming" "$2" 2>/dev/null || mv "$incoming" "$2"`;

/** Puts a version on a host: missing content first, under its hash, then the folder, whole or not at all. */
export async function uploadRuntime(
  connection: Connection,
  root: string,
  bundle: RuntimeBundle,
  node: NodeTarball,
  plan: UploadPlan,
  onProgress: (sentBytes: number, totalBytes: number) => void = () => undefined,
): Promise<void> {
  const { runtime } = hostPaths(root);
  const blobsDir = `${runtime}/.blobs`;
  let done = 0;
  for (const blob of plan.missing) {
    const report = (bytes: number) => onProgress(done + bytes, plan.neededBytes);
    if (blob.source === 'node') await sendNode(connection, blobsDir, node, report);
    else {
      await connection.upload(createReadStream(join(bundle.dir, blob.path)), `${blobsDir}/${blob.sha256}`, {
        mode: blob.mode,
        sizeBytes: blob.sizeBytes,
        onProgress: report,
      });
    }
    done += blob.sizeBytes;
    onProgress(done, plan.neededBytes);
  }
  const lines = plan.blobs.map((blob) => `${blob.sha256} ${blob.mode.toString(8)} ${blob.path}\n`).join('');
  await mustRun(connection, ['sh', '-c', assemble, 'sh', runtime, plan.version], 'assembling the runtime', {
    stdin: lines,
  });
}

/** Node.js travels as the compressed tarball it came in, and is unpacked on the way to the disk. */
async function sendNode(
  connection: Connection,
  blobsDir: string,
  node: NodeTarball,
  onProgress: (bytes: number) => void,
): Promise<void> {
  let sent = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      sent += chunk.length;
      onProgress(Math.min(sent, node.binarySizeBytes));
      next(null, chunk);
    },
  });
  const file = createReadStream(node.path);
  file.on('error', (error) => meter.destroy(error));
  meter.on('error', () => undefined);
  const result = await connection.run(['sh', '-c', unpackMember, 'sh', blobsDir, nodeMember, node.binarySha256], {
    stdin: file.pipe(meter),
  });
  if (file.errored) throw file.errored;
  if (result.code === 9) {
    throw new ConnectionError(
      'broken',
      `Node.js arrived damaged on the host (sha256 differs from ${node.binarySha256}); run again`,
    );
  }
  refuse(result, `${blobsDir}/${node.binarySha256}`, node.binarySizeBytes);
}

/** Points `current` at a version. $1: runtime, $2: version. */
const switchCurrent = `cd "$1" || exit 1
[ "$(readlink current 2>/dev/null)" = "$2" ] && exit 0
ln -sfn "$2" .current-new && { mv -T .current-new current 2>/dev/null || mv -f .current-new current; } && sync`;

export async function activateRuntime(connection: Connection, root: string, version: string): Promise<void> {
  const argv = ['sh', '-c', switchCurrent, 'sh', hostPaths(root).runtime, version];
  await mustRun(connection, argv, 'switching to the new runtime');
}

/** Removes versions that are neither $2 nor $3, what was left half-done, and content that no version has. $1: runtime. */
const prune = `cd "$1" || exit 0
for each in [0-9a-f]*/ .incoming-*/; do
  each=$(basename "$each")
  [ -d "$each" ] && [ ! -L "$each" ] && [ "$each" != "$2" ] && [ "$each" != "$3" ] && rm -rf "$each"
done
find .blobs -type f -links 1 -exec rm -f {} + 2>/dev/null
exit 0`;

/** Leaves the running version and the one before it. */
export async function pruneRuntimes(connection: Connection, root: string, keep: [string, string?]): Promise<void> {
  const argv = ['sh', '-c', prune, 'sh', hostPaths(root).runtime, keep[0], keep[1] ?? keep[0]];
  await mustRun(connection, argv, 'removing old runtimes');
}
