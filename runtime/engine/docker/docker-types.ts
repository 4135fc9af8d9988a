/** The parts of the Engine API's answers that we read. */
export interface DockerContainer {
  Id: string;
  Created: string;
  Name: string;
  Image: string;
  State: {
    Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
    Running: boolean;
    Pid: number;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: { Image: string; Tty: boolean; Labels: Record<string, string> | null };
}

export interface DockerImage {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Size: number;
  Config?: {
    User?: string;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    WorkingDir?: string;
    Env?: string[] | null;
    StopSignal?: string;
  } | null;
}

export interface DockerVersion {
  Version: string;
  ApiVersion: string;
}

export interface DockerInfo {
  Name: string;
  OperatingSystem: string;
  KernelVersion: string;
  Architecture: string;
  NCPU: number;
  MemTotal: number;
  CgroupVersion?: string;
  DockerRootDir: string;
}

export interface DockerEvent {
  Action: string;
  id?: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  timeNano: number;
}

export interface DockerExec {
  Running: boolean;
  ExitCode: number | null;
  Pid: number;
}

export interface DockerStats {
  read: string;
  cpu_stats: { cpu_usage?: { total_usage?: number } };
  memory_stats: { usage?: number; stats?: Record<string, number> };
}
