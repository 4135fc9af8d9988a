import { execFile } from 'node:child_process';
import { EngineError } from '../engine';

/** Sets one `net.` sysctl in the network namespace of process `pid`. /proc/sys/net is that of who opens it. */
export function setNetworkSysctl(pid: number, name: string, value: string): Promise<void> {
  if (!/^net(\.[a-z0-9_-]+)+$/.test(name))
    return Promise.reject(new EngineError('invalid', `sysctl ${JSON.stringify(name)} is not a name of net.*`));
  const file = `/proc/sys/${name.replaceAll('.', '/')}`;
  return new Promise((resolve, reject) => {
    const child = execFile('nsenter', [`--net=/proc/${pid}/ns/net`, 'tee', file], (error, _stdout, stderr) => {
      if (!error) return resolve();
      reject(new EngineError('start-failed', `setting sysctl ${name} to ${value}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.end(value);
  });
}
