/** The Kubernetes version whose API is served. Tools choose their behaviour by it. */
export const kubernetesVersion = { major: '1', minor: '36', gitVersion: 'v1.36.0' } as const;

/** `/version`. @param build what follows the plus sign, such as `orlop0.1.0` */
export function versionInfo(build: string) {
  return {
    ...kubernetesVersion,
    gitVersion: `${kubernetesVersion.gitVersion}+${build}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
