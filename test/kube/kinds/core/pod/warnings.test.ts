import type { Container, PodSpec } from '../../../../../runtime/kube/generated/types';
import { podWarnings, templateWarnings } from '../../../../../runtime/kube/kinds/core/pod/warnings';

const withApp = (values: Partial<Container>): PodSpec => ({ containers: [{ name: 'app', image: 'i', ...values }] });
const withSpec = (values: Partial<PodSpec>): PodSpec => ({ containers: [], ...values });
const app = 'spec.containers[0]';

test.each<[string, PodSpec, string[]]>([
  ['nothing to say', withApp({ env: [{ name: 'A' }, { name: 'B' }], ports: [{ containerPort: 1 }] }), []],
  [
    'a hidden variable',
    withApp({ env: [{ name: 'A' }, { name: 'A' }] }),
    [`${app}.env[1]: hides previous definition of "A", which may be dropped when using apply`],
  ],
  [
    'a port twice',
    withApp({ ports: [{ containerPort: 1 }, { containerPort: 1, name: 'a' }] }),
    [`${app}.ports[1]: duplicate port definition with ${app}.ports[0]`],
  ],
  [
    'a host port',
    withApp({ ports: [{ containerPort: 1, hostPort: 1 }] }),
    [`${app}.ports[0].hostPort: has no effect; use a Service of type NodePort, or hostNetwork`],
  ],
  ['a port of the host network', { ...withApp({ ports: [{ containerPort: 1, hostPort: 1 }] }), hostNetwork: true }, []],
  ['anti-affinity', withSpec({ affinity: { podAntiAffinity: {} } }), []],
  [
    'spread constraints',
    withSpec({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }),
    [],
  ],
  [
    'an unmasked /proc',
    withApp({ securityContext: { procMount: 'Unmasked' } }),
    [`${app}.securityContext.procMount: has no effect; /proc stays masked`],
  ],
])('%s', (_name, spec, expected) => expect(podWarnings(spec)).toEqual(expected));

test('of a template they say where', () => {
  const warnings = templateWarnings({ spec: withSpec({ setHostnameAsFQDN: true }) });
  expect(warnings).toEqual(['spec.template.spec.setHostnameAsFQDN: has no effect; the hostname is the short one']);
});
