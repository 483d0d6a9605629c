/** Signing in through an OpenID provider: authorization code with PKCE, state and nonce. */
import type { Configuration } from 'openid-client'
import { problem } from '../api/problems.ts'
import { isEmail } from '../credit/identity.ts'
import { ROLES, type Role } from './roles.ts'

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The claim that holds the role, or a list with it; undefined: roles are given here. */
  readonly roleClaim: string | undefined
  /** The name of the store whose users come in this way. */
  readonly store: string
}

/** What the browser keeps between leaving for the provider and coming back. */
export interface Flow {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who the provider says it is. */
export interface Identity {
  readonly subject: string
  readonly email: string
  readonly name: string
  /** Undefined where roles are given here. */
  readonly role: Role | undefined
}

/** Loaded where it is needed: without a provider no start and no command waits for it. */
const loaded = () => import('openid-client')

const SCOPE = 'openid email profile'
const TIMEOUT_S = 10

type Claims = Readonly<Record<string, unknown>>

export class OidcProvider {
  readonly settings: OidcSettings
  #configuration: Promise<Configuration> | undefined

  constructor(settings: OidcSettings) {
    this.settings = settings
  }

  /** How people may call it: its host. */
  get name(): string {
    return new URL(this.settings.issuer).host
  }

  /** Where to send the browser, and what it must bring back. */
  async begin(redirectUri: string): Promise<{ url: URL; flow: Flow }> {
    const [client, configuration] = [await loaded(), await this.#discovered()]
    const flow = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    })
    return { url, flow }
  }

  /** Who came back to `address`. Throws where the provider, or what it says, is not trusted. */
  async finish(address: URL, { state, nonce, verifier }: Flow): Promise<Identity> {
    const [client, configuration] = [await loaded(), await this.#discovered()]
    const tokens = await client.authorizationCodeGrant(configuration, address, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
    })
    const told = tokens.claims()
    if (!told) throw problem('oidc-refused', {})
    const more = configuration.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(configuration, tokens.access_token, told.sub)
      : {}
    return identityOf({ ...more, ...told }, this.settings.roleClaim)
  }

  /** Asked once; after a failure again. */
  async #discovered(): Promise<Configuration> {
    this.#configuration ??= discover(this.settings)
    try {
      return await this.#configuration
    } catch (error) {
      this.#configuration = undefined
      throw Object.assign(problem('oidc-unavailable', {}), { cause: error })
    }
  }
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const { allowInsecureRequests, discovery } = await loaded()
  const url = new URL(issuer)
  // The settings allow http on this machine alone.
  const execute = url.protocol === 'http:' ? [allowInsecureRequests] : []
  return await discovery(url, clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_S })
}

/** Reads the claims. Throws 403 where there is no e-mail that counts, or no role. */
export function identityOf(claims: Claims, roleClaim: string | undefined): Identity {
  const { sub, email, email_verified: isVerified, name } = claims
  if (typeof sub !== 'string' || sub === '') throw problem('oidc-refused', {})
  if (typeof email !== 'string' || !isEmail(email) || isVerified === false) {
    throw problem('oidc-unknown-user', {})
  }
  const role = roleClaim === undefined ? undefined : roleIn(claims[roleClaim])
  return { subject: sub, email, name: typeof name === 'string' && name ? name : email, role }
}

/** Of several roles, the one that may do most. */
function roleIn(claim: unknown): Role {
  const told = [claim].flat()
  const role = ROLES.find((known) => told.includes(known))
  if (!role) throw problem('oidc-unknown-user', {})
  return role
}
