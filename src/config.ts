/** The environment, read and validated once. */
import { resolve } from 'node:path'
import { isEmail } from './credit/identity.ts'
import { isTimeZone } from './credit/schedule.ts'
import { currencyExponent } from './ledger/stores.ts'
import type { OidcSettings } from './users/oidc.ts'
import { passwordFault } from './users/password.ts'

export interface Config {
  readonly port: number
  readonly host: string
  /** Processes that serve behind the one port. */
  readonly processes: number
  /** An outside PostgreSQL; undefined: the embedded one in {@link dataDir}. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  /** Values of the first key; generated where absent. */
  readonly appKey: string | undefined
  readonly appToken: string | undefined
  /** The first administrator: a made-up e-mail and a generated password where absent. */
  readonly adminEmail: string | undefined
  readonly adminPassword: string | undefined
  /** An OpenID provider that lets people in, too. */
  readonly oidc: OidcSettings | undefined
  /** The first store. */
  readonly store: string
  readonly currency: string
  readonly timeZone: string
  /** Most that one bulk file may have. */
  readonly maxFileBytes: number
  readonly maxFileRows: number
  readonly logLevel: string
  readonly trustProxy: boolean
}

/** A wrong setting: the message is one clear line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
export const STORE_NAME = /^[a-z0-9][a-z0-9-]{0,49}$/
const MAX_PROCESSES = 64
const MB = 1_048_576
const CREDENTIAL = /^[\x21-\x7e]{1,200}$/

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the settings. Throws {@link ConfigError} for the first that is wrong. */
export function readConfig(environment: Environment): Config {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined
  const config: Config = {
    port: portOf(read('PORT') ?? '8480'),
    host: read('HOST') ?? '127.0.0.1',
    processes: processesOf(read('FIADO_PROCESSES') ?? '1'),
    databaseUrl: read('DATABASE_URL'),
    dataDir: resolve(read('FIADO_DATA_DIR') ?? './data'),
    appKey: read('FIADO_APP_KEY'),
    appToken: read('FIADO_APP_TOKEN'),
    adminEmail: read('FIADO_ADMIN_EMAIL'),
    adminPassword: environment.FIADO_ADMIN_PASSWORD || undefined,
    oidc: oidcOf(read),
    store: read('FIADO_STORE') ?? 'main',
    currency: (read('FIADO_CURRENCY') ?? 'BRL').toUpperCase(),
    timeZone: read('FIADO_TIME_ZONE') ?? 'America/Sao_Paulo',
    maxFileBytes: MB * countOf('FIADO_MAX_FILE_MB', read('FIADO_MAX_FILE_MB') ?? '200', 2_000),
    maxFileRows: countOf(
      'FIADO_MAX_FILE_ROWS',
      read('FIADO_MAX_FILE_ROWS') ?? '1000000',
      10_000_000,
    ),
    logLevel: read('FIADO_LOG_LEVEL') ?? 'info',
    trustProxy: flagOf('FIADO_TRUST_PROXY', read('FIADO_TRUST_PROXY') ?? 'false'),
  }
  check(config)
  return config
}

function check(config: Config): void {
  const { databaseUrl, appKey, appToken, store, currency, timeZone, logLevel } = config
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
    throw new ConfigError('DATABASE_URL must be postgres://user:password@host:port/database')
  }
  if ((appKey === undefined) !== (appToken === undefined)) {
    throw new ConfigError('FIADO_APP_KEY and FIADO_APP_TOKEN must be set together, or neither')
  }
  if (appKey !== undefined && !CREDENTIAL.test(appKey)) {
    throw new ConfigError('FIADO_APP_KEY must have 1 to 200 visible ASCII characters')
  }
  if (appToken !== undefined && !CREDENTIAL.test(appToken)) {
    throw new ConfigError('FIADO_APP_TOKEN must have 1 to 200 visible ASCII characters')
  }
  checkAdmin(config)
  if (!STORE_NAME.test(store)) {
    throw new ConfigError('FIADO_STORE must be 1 to 50 of a–z, 0–9 and hyphens')
  }
  if (currencyExponent(currency) === undefined) {
    throw new ConfigError(`FIADO_CURRENCY=${currency} is no ISO 4217 currency, such as BRL`)
  }
  if (!isTimeZone(timeZone)) {
    throw new ConfigError(`FIADO_TIME_ZONE=${timeZone} is no time zone, such as America/Sao_Paulo`)
  }
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new ConfigError(`FIADO_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  }
}

function oidcOf(read: (name: string) => string | undefined): OidcSettings | undefined {
  const issuer = read('FIADO_OIDC_ISSUER')
  const clientId = read('FIADO_OIDC_CLIENT_ID')
  const clientSecret = read('FIADO_OIDC_CLIENT_SECRET')
  if (!issuer && !clientId && !clientSecret) return undefined
  if (!issuer || !clientId || !clientSecret) {
    throw new ConfigError(
      'FIADO_OIDC_ISSUER, FIADO_OIDC_CLIENT_ID and FIADO_OIDC_CLIENT_SECRET must be set together, or none',
    )
  }
  if (!isIssuer(issuer)) {
    throw new ConfigError('FIADO_OIDC_ISSUER must be an https URL, or http on this machine')
  }
  const roleClaim = read('FIADO_OIDC_ROLE_CLAIM')
  const store = read('FIADO_OIDC_STORE') ?? read('FIADO_STORE') ?? 'main'
  return { issuer, clientId, clientSecret, roleClaim, store }
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return protocol === 'https:' || (protocol === 'http:' && isHere)
}

function checkAdmin({ adminEmail, adminPassword }: Config): void {
  if (adminPassword !== undefined && adminEmail === undefined) {
    throw new ConfigError('FIADO_ADMIN_PASSWORD needs FIADO_ADMIN_EMAIL')
  }
  if (adminEmail !== undefined && !isEmail(adminEmail)) {
    throw new ConfigError('FIADO_ADMIN_EMAIL must be an e-mail address')
  }
  const fault = adminPassword && passwordFault(adminPassword, adminEmail ?? '')
  if (fault) throw new ConfigError(`FIADO_ADMIN_PASSWORD ${fault}`)
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw new ConfigError(`PORT=${text} must be a number from 0 to 65535`)
}

function countOf(name: string, text: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= most) return count
  throw new ConfigError(`${name}=${text} must be a number from 1 to ${most}`)
}

function processesOf(text: string): number {
  const processes = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (processes >= 1 && processes <= MAX_PROCESSES) return processes
  throw new ConfigError(`FIADO_PROCESSES=${text} must be a number from 1 to ${MAX_PROCESSES}`)
}

function flagOf(name: string, text: string): boolean {
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new ConfigError(`${name} must be true or false`)
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)
}
