import type { Check } from './check';

/** The sysctls that became safe, by the version in which they did. */
const since: Array<[number, string[]]> = [
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    [
      'net.ipv4.tcp_keepalive_time',
      'net.ipv4.tcp_fin_timeout',
      'net.ipv4.tcp_keepalive_intvl',
      'net.ipv4.tcp_keepalive_probes',
    ],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
  [37, ['net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat']],
];

/** A pod sets only sysctls that concern nobody else on its node. */
export const sysctlCheck: Check = {
  id: 'sysctls',
  level: 'baseline',
  versions: since.map(([version], i) => {
    const allowed = new Set(since.slice(0, i + 1).flatMap(([, names]) => names));
    return {
      since: version,
      check({ spec }) {
        const forbidden = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((n) => !allowed.has(n));
        return forbidden.length > 0 ? { reason: 'forbidden sysctls', detail: forbidden.join(', ') } : undefined;
      },
    };
  }),
};
