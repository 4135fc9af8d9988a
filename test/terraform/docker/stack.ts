import { containerLogic } from '../../../runtime/terraform/docker/container/logic';
import type { DockerEngine } from '../../../runtime/terraform/docker/engine';
import { imageLogic } from '../../../runtime/terraform/docker/image/logic';
import { networkLogic } from '../../../runtime/terraform/docker/network/logic';
import { dockerProvider } from '../../../runtime/terraform/docker/provider';
import { containerSchema } from '../../../runtime/terraform/docker/schema/container';
import { imageSchema } from '../../../runtime/terraform/docker/schema/image';
import { networkSchema } from '../../../runtime/terraform/docker/schema/network';
import { volumeSchema } from '../../../runtime/terraform/docker/schema/volume';
import { volumeLogic } from '../../../runtime/terraform/docker/volume/logic';
import { typeOf } from '../../../runtime/terraform/protocol/block';
import { messageFrom, objectFrom } from '../../../runtime/terraform/protocol/convert';
import { handlers } from '../../../runtime/terraform/protocol/handlers';
import { HclLogger } from '../../../runtime/terraform/protocol/hclog';
import { defineResource, type Resource } from '../../../runtime/terraform/protocol/resource';
import { emptyObject, Session } from '../../../runtime/terraform/protocol/service';
import type { ObjectValue, Value } from '../../../runtime/terraform/protocol/value';
import type { blockOf } from '../../../runtime/terraform/protocol/zod-block';
import { type Clock, systemClock } from '../../../runtime/util/clock';

export interface Planned {
  planned: ObjectValue | null;
  replace: unknown[];
  errors: string[];
}

/** Takes one resource through validate, plan and apply as Terraform does, against any Engine. */
export class Stack {
  private readonly session: Session;
  readonly made = new Set<string>();

  constructor(engine: DockerEngine, clock: Clock = systemClock, owner = 'test') {
    const resources: Resource[] = [
      defineResource(containerSchema, () => containerLogic(clock)),
      defineResource(imageSchema, () => imageLogic),
      defineResource(networkSchema, () => networkLogic(clock)),
      defineResource(volumeSchema, () => volumeLogic(clock)),
    ];
    this.session = new Session({ ...dockerProvider, resources }, new HclLogger('test', {}, () => {}));
    this.session.configured = { engine, owner, made: this.made };
  }

  async validate(typeName: string, given: ObjectValue): Promise<string[]> {
    const { diagnostics } = await handlers.ValidateResourceConfig(this.session, {
      typeName,
      config: this.message(typeName, this.config(typeName, given)),
    });
    return (diagnostics ?? []).map((each) => each.summary ?? '');
  }

  async plan(typeName: string, prior: ObjectValue | null, given: ObjectValue | null): Promise<Planned> {
    const config = this.message(typeName, given && this.config(typeName, given));
    const response = await handlers.PlanResourceChange(this.session, {
      typeName,
      prior: this.message(typeName, prior),
      proposed: config,
      config,
    });
    return {
      planned: this.object(typeName, response.planned),
      replace: (response.requiresReplace ?? []).map((path) => path.steps?.[0]?.attributeName),
      errors: (response.diagnostics ?? []).map((each) => each.summary ?? ''),
    };
  }

  /** Plans and applies. @throws Error with what was reported */
  async apply(typeName: string, prior: ObjectValue | null, given: ObjectValue | null): Promise<ObjectValue | null> {
    const { planned } = await this.plan(typeName, prior, given);
    const response = await handlers.ApplyResourceChange(this.session, {
      typeName,
      prior: this.message(typeName, prior),
      planned: this.message(typeName, planned),
      config: this.message(typeName, given && this.config(typeName, given)),
    });
    const errors = (response.diagnostics ?? []).filter((each) => each.severity === 1);
    if (errors.length > 0) throw new Error(errors.map((each) => `${each.summary}\n${each.detail}`).join('\n'));
    return this.object(typeName, response.state);
  }

  async read(typeName: string, state: ObjectValue | null): Promise<ObjectValue | null> {
    const response = await handlers.ReadResource(this.session, { typeName, state: this.message(typeName, state) });
    return this.object(typeName, response.state);
  }

  async import(typeName: string, id: string): Promise<ObjectValue | null> {
    const response = await handlers.ImportResourceState(this.session, { typeName, id });
    const error = response.diagnostics?.[0];
    if (error) throw new Error(`${error.summary}: ${error.detail}`);
    return this.read(typeName, this.object(typeName, response.imported?.[0]?.state));
  }

  stop(): void {
    this.session.stop();
  }

  private block(typeName: string) {
    return this.session.resource(typeName).block;
  }

  private config(typeName: string, given: ObjectValue): ObjectValue {
    return complete(this.block(typeName), given);
  }

  private message(typeName: string, value: ObjectValue | null) {
    return messageFrom(value, typeOf(this.block(typeName)));
  }

  private object(typeName: string, message: Parameters<typeof objectFrom>[0]) {
    return objectFrom(message, typeOf(this.block(typeName)));
  }
}

/** A configuration as Terraform sends it: everything there, null or empty where nothing was written. */
function complete(block: ReturnType<typeof blockOf>, given: ObjectValue): ObjectValue {
  const result: ObjectValue = { ...emptyObject(block), ...given };
  for (const nested of block.blocks) {
    const value = result[nested.name];
    if (Array.isArray(value))
      result[nested.name] = value.map((each): Value => complete(nested.block, each as ObjectValue));
  }
  return result;
}
