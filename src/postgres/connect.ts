/** Connections to PostgreSQL. */
import postgres from 'postgres'

/** A pool of connections; `bigint` columns come back as bigint, instants as Date. */
export type Sql = postgres.Sql<{ bigint: bigint }>

export interface ConnectOptions {
  /** Most connections of the pool. */
  readonly max: number
  readonly applicationName?: string
  readonly statementTimeout_ms?: number
  readonly connectTimeout_s?: number
  /** Called whenever a connection is gone. */
  readonly onClose?: () => void
}

/** Opens a pool lazily: the first query connects. */
export function connect(url: string, options: ConnectOptions): Sql {
  const { statementTimeout_ms, onClose } = options
  return postgres(url, {
    max: options.max,
    types: { bigint: postgres.BigInt },
    connect_timeout: options.connectTimeout_s ?? 5,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: () => 0.1,
    // A connection that breaks while the driver asks for types would take the process with it.
    fetch_types: false,
    onnotice: () => undefined,
    ...(onClose && { onclose: () => onClose() }),
    connection: {
      application_name: options.applicationName ?? 'fiado',
      ...(statementTimeout_ms && { statement_timeout: statementTimeout_ms }),
    },
  })
}

/** PostgreSQL's error code (SQLSTATE), postgres.js's own, or the system's; '' for anything else. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** True where the database could not be reached, was lost on the way, or is going down. */
export function isConnectionError(error: unknown): boolean {
  const code = errorCode(error)
  return CONNECTION_CODES.has(code) || code.startsWith('08') || code.startsWith('57P')
}

const OVERLOAD_CODES = new Set([
  ...['57014', '55P03', '53000', '53100', '53200', '53300'],
  // It takes no connections, or no writes: a failover may have left us on a standby.
  ...['55000', '25006'],
  // It does not let us in: its password is being changed, or it is being restored.
  ...['28000', '28P01', '3D000'],
])

/** True where the database was reached but has no time, room or leave for the statement now. */
export function isOverloadError(error: unknown): boolean {
  return OVERLOAD_CODES.has(errorCode(error))
}

/** True where the database refuses the user, the password or its name. */
export function isAccessError(error: unknown): boolean {
  const code = errorCode(error)
  return code.startsWith('28') || code === '3D000' || code === '42501'
}
