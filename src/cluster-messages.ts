/** What the primary and its workers say to each other, over node:cluster's channel. */
import type { Worker } from 'node:cluster'

export type Message =
  /** A worker: it serves. */
  | { readonly kind: 'listening'; readonly url: string }
  /** A worker: the system refuses it the port, with this code. */
  | { readonly kind: 'cannot-listen'; readonly code: string }
  /** The primary: finish what is in flight, then end. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }

/** `metrics`: of all workers, as text (to the primary); `own metrics`: as JSON (to a worker). */
export type Question = 'metrics' | 'own metrics'

/** Sends to the other side; one that has just ended is no error. */
export function tell(other: Worker, message: Message): void {
  other.send(message, () => undefined)
}

let asked = 0

/** What the other side answers; undefined where it does not in time. */
export async function ask(other: Worker, question: Question, timeout_ms: number): Promise<unknown> {
  asked += 1
  const id = asked
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const listen = (message: Message): void => {
    if (message.kind === 'answer' && message.id === id) resolve(message.value)
  }
  const late = setTimeout(() => resolve(undefined), timeout_ms)
  other.on('message', listen)
  tell(other, { kind: 'question', id, question })
  try {
    return await promise
  } finally {
    clearTimeout(late)
    other.off('message', listen)
  }
}

/** Answers one question of the other side whenever it comes; a failure is no answer. */
export function answer(other: Worker, question: Question, work: () => Promise<unknown>): void {
  other.on('message', (message: Message) => {
    if (message.kind !== 'question' || message.question !== question) return
    work().then(
      (value) => tell(other, { kind: 'answer', id: message.id, value }),
      () => undefined,
    )
  })
}
