import type { ApiClient } from '../../client/client';
import type { Pod, ServiceAccountTokenProjection, TokenRequest } from '../../kube/generated/types';
import { serviceAccounts } from '../../kube/resource';
import type { Clock } from '../../util/clock';

interface Kept {
  token: string;
  /** When it was asked for, by this node's clock: the server's may differ. */
  from: number;
  until: number;
}

const longestUseMs = 24 * 3600_000;
/** The part of its life after which a token is asked for anew. */
const usedPart = 0.8;

/**
 * The tokens in the pods' volumes, each bound to its pod: kept in memory, since volumes are written again at every
 * change, and asked for anew in good time before they end.
 */
export class PodTokens {
  private readonly kept = new Map<string, Map<string, Kept>>();

  constructor(
    private readonly client: Pick<ApiClient, 'createSubresource'>,
    private readonly clock: Clock,
  ) {}

  /**
   * A token that holds; where a new one cannot be had, the one there is.
   * @throws StatusError, UnreachableError where there is none
   */
  async token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string> {
    const tokens = this.tokensOf(pod);
    const key = keyOf(projection);
    const known = tokens.get(key);
    if (known && !this.isUsed(known)) return known.token;
    try {
      const made = await this.request(pod, projection);
      // Of a pod that went meanwhile nobody keeps these.
      tokens.set(key, made);
      return made.token;
    } catch (error) {
      if (known && this.clock.now() < known.until) return known.token;
      throw error;
    }
  }

  /** Whether a token in the pod's volumes is to be asked for. */
  isDue(pod: Pod): boolean {
    const tokens = this.kept.get(pod.metadata.uid ?? '');
    return projectionsOf(pod).some((projection) => {
      const known = tokens?.get(keyOf(projection));
      return !known || this.isUsed(known);
    });
  }

  /** The pod is gone. */
  forget(podUid: string): void {
    this.kept.delete(podUid);
  }

  private tokensOf({ metadata: { uid = '' } }: Pod): Map<string, Kept> {
    const tokens = this.kept.get(uid) ?? new Map<string, Kept>();
    this.kept.set(uid, tokens);
    return tokens;
  }

  private isUsed({ from, until }: Kept): boolean {
    return this.clock.now() >= from + Math.min(longestUseMs, (until - from) * usedPart);
  }

  private async request({ metadata, spec }: Pod, projection: ServiceAccountTokenProjection): Promise<Kept> {
    const { namespace = 'default', name, uid } = metadata;
    const { audience, expirationSeconds } = projection;
    const from = this.clock.now();
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const account = { namespace, name: spec?.serviceAccountName ?? 'default' };
    const answer = await this.client.createSubresource(serviceAccounts, account, 'token', request);
    const { status, spec: granted } = answer as TokenRequest;
    if (!status?.token) throw new Error(`the server gave no token of service account ${namespace}/${account.name}`);
    return { token: status.token, from, until: from + (granted?.expirationSeconds ?? 3600) * 1000 };
  }
}

function projectionsOf(pod: Pod): ServiceAccountTokenProjection[] {
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  return sources.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
}

/** Projections that ask for the same share a token. */
function keyOf({ audience = '', expirationSeconds = 3600 }: ServiceAccountTokenProjection): string {
  return `${expirationSeconds} ${audience}`;
}
