/** A real OpenID provider on a port of its own; a test says who sits in front of the browser. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'

export interface Account {
  readonly sub: string
  readonly email: string
  readonly email_verified?: boolean
  readonly name?: string
  readonly roles?: unknown
}

export interface TestProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who signs in next, without being asked for a password. */
  signsIn(account: Account): void
  /** Where the provider may send people back to. */
  allow(redirectUri: string): void
  close(): Promise<void>
}

const CLIENT_ID = 'fiado'
const CLIENT_SECRET = 'a-secret-of-the-client-and-the-provider'

export async function startProvider(): Promise<TestProvider> {
  const accounts = new Map<string, Account>()
  let next = ''
  let allowed = ''
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const begin = (redirectUri: string) => {
    if (redirectUri === allowed) return
    allowed = redirectUri
    const provider = new Provider(issuer, configurationOf(redirectUri, accounts))
    const callback = provider.callback()
    handle = async (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return await callback(request, response)
      await provider.interactionFinished(request, response, { login: { accountId: next } })
    }
  }
  begin('http://127.0.0.1/nowhere')

  return {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    signsIn: (account) => {
      accounts.set(account.sub, account)
      next = account.sub
    },
    allow: begin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function configurationOf(
  redirectUri: string,
  accounts: ReadonlyMap<string, Account>,
): Configuration {
  return {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
    cookies: { keys: ['a-key-for-the-cookies-of-the-provider'] },
    claims: { openid: ['sub', 'roles'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => {
      const account = accounts.get(sub)
      return account && { accountId: sub, claims: () => ({ ...account }) }
    },
    // Nobody is asked whether Fiado may know the e-mail.
    loadExistingGrant: async ({ oidc }) => {
      const { client, session, provider } = oidc
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  }
}
