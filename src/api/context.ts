/** What every handler is given: the caller, the store, the clock, the writer and the reads. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Instant } from '../credit/schedule.ts'
import type { Principal } from '../ledger/credentials.ts'
import type { AccountFilter } from '../ledger/read/accounts.ts'
import type { InvoiceFilter } from '../ledger/read/invoice-filter.ts'
import type { Writer } from '../ledger/writer.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Authenticator } from './auth.ts'
import type { Door } from './door.ts'
import type { Limits } from './limits.ts'

export interface Dependencies {
  readonly writer: Writer
  /** The pool for reads. */
  readonly sql: () => Sql
  readonly now: () => Instant
}

/** Answers searches as CSV files. */
export interface CsvAnswers {
  accounts(request: FastifyRequest, reply: FastifyReply, filter: AccountFilter): Promise<unknown>
  invoices(request: FastifyRequest, reply: FastifyReply, filter: InvoiceFilter): Promise<unknown>
}

/** A part of the API that stands beside it, with operations of its own. */
export interface Capability {
  /** Operations whose callers are known by their credentials. */
  readonly closed: (api: Api, context: ApiContext) => void | Promise<void>
  /** Operations that everybody may call. */
  readonly open: (api: Api, context: ApiContext) => void | Promise<void>
  readonly csv?: CsvAnswers
  /** Told now and then that a key is in use. */
  readonly onKeyUse?: (appKey: string, at: Instant) => void
}

export interface ApiContext extends Dependencies {
  /** Where bulk files are served, searches answer as CSV too. */
  readonly csv: CsvAnswers | undefined
  readonly authenticator: Authenticator
  readonly limits: Limits
  /** Idempotency-Keys of requests that are under way in this process, by store. */
  readonly running: Set<string>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** True once the server is about to stop: every answer ends its connection. */
    draining: boolean
    /** Keeps out what could not be done in time. */
    door: Door
  }

  interface FastifyRequest {
    principal: Principal
    /** The body as it came, kept for requests with an Idempotency-Key. */
    rawBody: Buffer | undefined
  }
}

export type Api = FastifyInstance

const FRIENDLY = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const POOL_BYTES = 4_096

let pool = Buffer.alloc(0)
let used = 0

/** Random bytes from a pool: one system call serves many ids. */
function random(count: number): Buffer {
  if (used + count > pool.length) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}

/** 32 hex digits. */
export function newTransactionId(): string {
  return random(16).toString('hex').toUpperCase()
}

/** 32 hex digits. */
export function newHolderId(): string {
  return random(16).toString('hex')
}

/** 8 random letters and digits. */
export function newFriendlyCode(): string {
  let code = ''
  while (code.length < 8) {
    // Bytes from 248 on would favour the first letters.
    for (const byte of random(8)) if (byte < 248 && code.length < 8) code += FRIENDLY[byte % 62]
  }
  return code
}

export function newAccountId(): string {
  return randomUUID()
}
