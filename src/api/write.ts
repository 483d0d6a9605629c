/** The way of one write through HTTP: Idempotency-Key, the writer, the answer. */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Command } from '../credit/commands.ts'
import type { Done, Outcome, StoredAnswer, WriteResult } from '../ledger/job.ts'
import { findAnswer, keepAnswer } from '../ledger/read/answers.ts'
import type { ApiContext } from './context.ts'
import { invalidInput, PROBLEM_TYPE, problem, problemAnswer, problemOf } from './problems.ts'

/** What of a request the write depends on. */
export type WriteRequest = Pick<
  FastifyRequest,
  'principal' | 'headers' | 'method' | 'url' | 'rawBody'
>

export interface Write {
  readonly accountId: string
  readonly command: Command
  /** Where an Idempotency-Key is kept: the account, or '' where the request names none. */
  readonly scope?: ''
  /** The body of the answer, or undefined where it has none. */
  readonly answer: (done: Done) => unknown
}

const KEY = /^[\x21-\x7e]{1,255}$/

/** Submits the command and sends its answer. Throws the problem of a refusal. */
export async function write(
  context: ApiContext,
  request: WriteRequest,
  reply: FastifyReply,
  { accountId, command, scope, answer }: Write,
): Promise<unknown> {
  const { store, doneBy } = request.principal
  const key = idempotencyKeyOf(request)
  if (key === undefined) {
    const result = await context.writer.submit({
      storeId: store.storeId,
      accountId,
      command,
      doneBy,
    })
    return send(reply, result, answer)
  }
  const render = (outcome: Outcome): StoredAnswer =>
    outcome.kind === 'done'
      ? { status: 200, body: bodyText(answer(outcome)) }
      : problemAnswer(problemOf(outcome.refusal), store)
  return await oneAtATime(context, `${store.storeId}/${key}`, async () => {
    const fingerprint = fingerprintOf(request)
    const idempotency = { key, fingerprint, scope: scope ?? accountId, render }
    const submission = { storeId: store.storeId, accountId, command, doneBy, idempotency }
    return send(reply, await context.writer.submit(submission), answer)
  })
}

/** The key of the header, with or without quotes (draft-ietf-httpapi-idempotency-key-header). */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const raw = headers['idempotency-key']
  if (raw === undefined) return undefined
  const key = String(raw).replace(/^"(.*)"$/, '$1')
  if (KEY.test(key)) return key
  const detail = 'must have 1 to 255 visible ASCII characters'
  throw invalidInput([{ pointer: '/Idempotency-Key', in: 'header', detail }])
}

/** Tells one request from another: method, path and body, byte for byte. */
export function fingerprintOf({ method, url, rawBody }: WriteRequest): string {
  const hash = createHash('sha256').update(`${method} ${url}\n`)
  return (rawBody ? hash.update(rawBody) : hash).digest('base64url')
}

/** Runs `task` unless a request with the same key is under way: then 409. */
export async function oneAtATime<T>(
  { running }: ApiContext,
  key: string,
  task: () => Promise<T>,
): Promise<T> {
  if (running.has(key)) throw problem('idempotency-key-running', {})
  running.add(key)
  try {
    return await task()
  } finally {
    running.delete(key)
  }
}

/** What a write that goes another way than the writer's answers. */
export interface OwnAnswer {
  readonly status: 200 | 202
  readonly body: unknown
}

export interface OnceOptions {
  /** Tells one request from another, where that is not its body. */
  readonly fingerprint?: string
  /** Puts away what the request brought in vain. */
  readonly beforeReplay?: () => Promise<void>
}

/**
 * Does `work` once under the Idempotency-Key of the request, where it has one, and gives its first
 * answer again. What was refused keeps nothing.
 */
export async function once(
  context: ApiContext,
  request: WriteRequest,
  reply: FastifyReply,
  work: () => Promise<OwnAnswer>,
  { fingerprint = fingerprintOf(request), beforeReplay }: OnceOptions = {},
): Promise<unknown> {
  const key = idempotencyKeyOf(request)
  const { storeId } = request.principal.store
  const answer = async ({ status, body }: OwnAnswer) => {
    reply.code(status)
    return body
  }
  if (key === undefined) return answer(await work())
  return await oneAtATime(context, `${storeId}/${key}`, async () => {
    const known = await findAnswer(context.sql(), storeId, key)
    if (known && known.fingerprint !== fingerprint) throw problem('idempotency-key-reused', {})
    if (known) {
      await beforeReplay?.()
      return sendStored(reply, known)
    }
    const made = await work()
    const { status, body } = made
    const kept = { fingerprint, status, body: bodyText(body) }
    await keepAnswer(context.sql(), storeId, key, kept, context.now())
    return answer(made)
  })
}

function send(reply: FastifyReply, result: WriteResult, answer: Write['answer']): unknown {
  switch (result.kind) {
    case 'done': {
      const body = answer(result)
      return body === undefined ? reply.send() : body
    }
    case 'refused':
      throw problemOf(result.refusal)
    case 'replayed':
      return sendStored(reply, result.answer)
    case 'key-reused':
      throw problem('idempotency-key-reused', {})
  }
}

/** Sends a first answer again. */
export function sendStored(reply: FastifyReply, { status, body }: StoredAnswer): FastifyReply {
  const replay = reply.code(status).header('Idempotency-Replayed', 'true')
  if (body === '') return replay.send()
  const type = status < 300 ? 'application/json' : PROBLEM_TYPE
  return replay
    .type(`${type}; charset=utf-8`)
    .serializer((text: unknown) => text as string)
    .send(body)
}

/** The text of an answer as it is kept; empty where it has no body. */
export function bodyText(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body)
}
