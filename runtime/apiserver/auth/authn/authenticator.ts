import type { Clock } from '../../../util/clock';
import type { Request } from '../../http/exchange';
import { anonymous, type User } from '../user';
import { certificateUser } from './client-certificate';
import { unauthorized } from './unauthorized';

/** Whom a token stands for, and for which of the audiences asked for. */
export interface TokenIdentity {
  user: User;
  audiences: string[];
}

/** One kind of bearer token. */
export interface TokenAuthenticator {
  /**
   * Whose token it is; undefined where the token is of another kind.
   * @param audiences at least one of them must be the token's
   * @throws TokenError when the token is of this kind and not, or no longer, good
   */
  identify(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined>;
}

/** A token that is not good; the message says why, without a part of the token. */
export class TokenError extends Error {}

export interface AuthenticationOptions {
  clock: Clock;
  /** Asked in this order. */
  tokens: readonly TokenAuthenticator[];
  /** What a token must be meant for to be good for the API itself. */
  audiences: readonly string[];
}

/** Who makes a request: its client certificate says, else its bearer token; without either it is anonymous. */
export class Authentication {
  constructor(private readonly options: AuthenticationOptions) {}

  get audiences(): readonly string[] {
    return this.options.audiences;
  }

  /** @throws StatusError 401 for a certificate or a token that is not good */
  authenticate(request: Request): User | Promise<User> {
    const user = certificateUser(request, this.options.clock.now());
    const { authorization } = request.headers;
    return user === anonymous && authorization ? this.bearer(authorization) : user;
  }

  /** Whose token it is. @throws TokenError when it is nobody's, or no longer good */
  async identify(token: string, audiences: readonly string[]): Promise<TokenIdentity> {
    for (const authenticator of this.options.tokens) {
      const found = await authenticator.identify(token, audiences);
      if (found) return found;
    }
    throw new TokenError('invalid bearer token');
  }

  private async bearer(header: string): Promise<User> {
    const token = /^bearer +(\S+)$/i.exec(header.trim())?.[1];
    if (!token) throw unauthorized();
    try {
      return (await this.identify(token, this.options.audiences)).user;
    } catch (error) {
      if (error instanceof TokenError) throw unauthorized();
      throw error;
    }
  }
}
