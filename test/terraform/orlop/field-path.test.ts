import { locate } from '../../../runtime/terraform/orlop/object/field-path';

const manifest = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web', app: 'x' } },
  spec: {
    replicas: 1,
    template: {
      spec: { containers: [{ name: 'side' }, { name: 'we]b', ports: [{ containerPort: 80 }], image: 'i' }] },
    },
  },
};

it.each<[string, Array<string | number>, boolean]>([
  ['.spec.replicas', ['spec', 'replicas'], true],
  ['.metadata.labels.app.kubernetes.io/name', ['metadata', 'labels', 'app.kubernetes.io/name'], true],
  ['metadata.labels[app.kubernetes.io/name]', ['metadata', 'labels', 'app.kubernetes.io/name'], true],
  ['.metadata.labels.app', ['metadata', 'labels', 'app'], true],
  ['.spec.template.spec.containers[name="we]b"].image', ['spec', 'template', 'spec', 'containers', 1, 'image'], true],
  [
    '.spec.template.spec.containers[name="we]b"].ports[containerPort=80,protocol="TCP"]',
    ['spec', 'template', 'spec', 'containers', 1, 'ports', 0],
    true,
  ],
  ['spec.template.spec.containers[1].image', ['spec', 'template', 'spec', 'containers', 1, 'image'], true],
  ['spec.template.spec.containers[7].image', ['spec', 'template', 'spec', 'containers'], false],
  ['.spec.template.spec.containers[name="none"].image', ['spec', 'template', 'spec', 'containers'], false],
  ['.spec.paused', ['spec'], false],
  ['.metadata.labels.appendix', ['metadata', 'labels'], false],
])('%s', (fieldPath, path, found) => {
  expect(locate(manifest, fieldPath)).toEqual({ path, found });
});
