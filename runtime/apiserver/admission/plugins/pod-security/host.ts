import type { LifecycleHandler, Probe } from '../../../../kube/generated/types';
import type { AnyContainer } from '../../../../kube/pod-containers';
import { visitContainers } from '../../../../kube/pod-containers';
import { type Check, containersText, namesOf, plural, quoted, settersText, sorted } from './check';

/** Checks of what a pod takes of its host, all of the baseline. */
export const hostChecks: Check[] = [
  {
    id: 'hostNamespaces',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check({ spec }) {
          const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
          if (shared.length === 0) return undefined;
          return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
        },
      },
    ],
  },
  {
    id: 'hostPathVolumes',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check({ spec }) {
          const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
          if (names.length === 0) return undefined;
          return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${quoted(names)}` };
        },
      },
    ],
  },
  {
    id: 'hostPorts',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check(pod) {
          const portsOf = ({ ports }: AnyContainer) => (ports ?? []).flatMap(({ hostPort }) => hostPort || []);
          const names = namesOf(pod, (container) => portsOf(container).length > 0);
          if (names.length === 0) return undefined;
          const all = [...visitContainers(pod.spec)].flatMap(({ container }) => portsOf(container));
          const ports = sorted(all.map(String));
          const what = `${plural(names.length, 'uses', 'use')} ${plural(ports.length, 'hostPort')}`;
          return { reason: 'hostPort', detail: `${containersText(names)} ${what} ${ports.join(', ')}` };
        },
      },
    ],
  },
  {
    id: 'hostProbesAndHostLifecycle',
    level: 'baseline',
    versions: [
      {
        since: 34,
        check(pod) {
          const names = sorted(namesOf(pod, (container) => hostsOf(container).length > 0));
          if (names.length === 0) return undefined;
          const hosts = sorted([...visitContainers(pod.spec)].flatMap(({ container }) => hostsOf(container)));
          const reason = 'probe or lifecycle host';
          const what = `${plural(names.length, 'uses', 'use')} ${plural(hosts.length, reason)}`;
          return { reason, detail: `${containersText(names)} ${what} ${quoted(hosts)}` };
        },
      },
    ],
  },
  {
    id: 'windowsHostProcess',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check(pod) {
          const names = namesOf(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
          const setters = settersText(pod.spec.securityContext?.windowsOptions?.hostProcess === true, names);
          if (!setters) return undefined;
          const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`;
          return { reason: 'hostProcess', detail };
        },
      },
    ],
  },
];

/** The hosts that a container's probes and hooks name. */
function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] {
  const all: Array<Probe | LifecycleHandler | undefined> = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return all
    .flatMap((each) => [each?.httpGet?.host, each?.tcpSocket?.host])
    .filter((host) => host !== undefined && host !== '') as string[];
}
