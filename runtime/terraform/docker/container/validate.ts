import type { ValidateContext } from '../../protocol/resource';
import { Unknown } from '../../protocol/value';
import type { containerSchema } from '../schema/container';
import { refuseUnserved, type Unserved } from '../unserved';

const unserved: readonly Unserved[] = [
  { path: ['id'], instead: 'a container gets its ID from the Engine.' },
  { path: ['attach'], instead: 'a container is started and left to run; must_run = false lets it end.' },
  { path: ['logs'], instead: "read a container's output with docker logs." },
  { path: ['gpus'], instead: 'devices and runtime are what it serves of hardware.' },
];

type Attributes = typeof containerSchema.attributes;

/** Rules that no single property's type can express. */
export function validateContainer({ config, diagnostics }: ValidateContext<Attributes>): void {
  refuseUnserved('docker_container', unserved, config, diagnostics);

  const uploads = Array.isArray(config.upload) ? config.upload : [];
  uploads.forEach((upload, index) => {
    if (upload === Unknown) return;
    const given = [upload.content, upload.content_base64, upload.source].filter((each) => each !== null);
    if (given.length === 1 || given.includes(Unknown)) return;
    diagnostics.error(
      `upload needs exactly one of content, content_base64 and source, but has ${given.length}`,
      `The file is ${String(upload.file)}.`,
      ['upload', index],
    );
  });

  const volumes = Array.isArray(config.volumes) ? config.volumes : [];
  volumes.forEach((volume, index) => {
    if (volume === Unknown || volume.from_container === Unknown || volume.container_path === Unknown) return;
    const from = Boolean(volume.from_container);
    if (from !== Boolean(volume.container_path)) return;
    diagnostics.error(
      from
        ? 'volumes has both container_path and from_container'
        : 'volumes has neither container_path nor from_container',
      'Give container_path, with volume_name or host_path, for one volume; or from_container for all of another container.',
      ['volumes', index],
    );
  });

  if (config.rm === true && typeof config.restart === 'string' && config.restart !== 'no') {
    diagnostics.error(
      `rm = true does not go with restart = ${JSON.stringify(config.restart)}`,
      'A container that is removed when it exits cannot be restarted. Leave out one of them.',
      ['restart'],
    );
  }
}
