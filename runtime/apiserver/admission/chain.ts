import type { AdmissionPlugin, AdmissionRequest } from './plugin';
import { knownPlugins } from './plugins';

/** Which plug-ins a server runs beside, or instead of, those that are on by default. */
export interface PluginSelection {
  enable?: readonly string[];
  disable?: readonly string[];
}

/** The plug-ins that every write passes, in their order. */
export class AdmissionChain {
  constructor(private readonly plugins: readonly AdmissionPlugin[]) {}

  get names(): string[] {
    return this.plugins.map(({ name }) => name);
  }

  /** Lets every plug-in change the object. @throws StatusError from the first that refuses the write */
  mutate(request: AdmissionRequest): void {
    for (const plugin of this.plugins) plugin.mutate?.(request);
  }

  /** Lets every plug-in look at the finished object. @throws StatusError from the first that refuses the write */
  validate(request: AdmissionRequest): void {
    for (const plugin of this.plugins) plugin.validate?.(request);
  }

  /** Both, for what no strategy and no rule of a kind stands between: a delete, a binding. */
  admit(request: AdmissionRequest): void {
    this.mutate(request);
    this.validate(request);
  }
}

/** @throws Error for a plug-in that is not known */
export function admissionChain({ enable = [], disable = [] }: PluginSelection = {}): AdmissionChain {
  const unknown = [...enable, ...disable].find((name) => !knownPlugins.some(({ plugin }) => plugin.name === name));
  if (unknown !== undefined) throw new Error(`admission plug-in ${JSON.stringify(unknown)} is unknown`);
  const chosen = knownPlugins.filter(
    ({ plugin, on }) => !disable.includes(plugin.name) && (on || enable.includes(plugin.name)),
  );
  return new AdmissionChain(chosen.map(({ plugin }) => plugin));
}

export const defaultChain = admissionChain();
