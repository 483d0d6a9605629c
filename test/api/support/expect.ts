/** What answers must be. */
import { expect } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { nameOf } from './contract.ts'

/** The body of a 200; fails with the whole answer where it is none. */
// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
export function ok(answer: Answer): any {
  expect(answer.status, answer.text).toBe(200)
  return answer.json
}

/** A 200 without a body. */
export function okEmpty(answer: Answer): void {
  expect(answer.status, answer.text).toBe(200)
  expect(answer.text).toBe('')
}

/** The problem of a refusal, after its status and its name are checked. */
// biome-ignore lint/suspicious/noExplicitAny: problems carry facts of any kind
export function refused(answer: Answer, status: number, name: string): any {
  expect(`${answer.status} ${nameOf(answer.json)}`, answer.text).toBe(`${status} ${name}`)
  return answer.json
}

/** Bad input: exactly these JSON pointers are named, in any order. */
export function faults(answer: Answer, ...pointers: string[]): void {
  const { errors } = refused(answer, 400, 'invalid-input')
  const named = errors.map(({ pointer }: { pointer: string }) => pointer)
  expect([...new Set(named)].sort(), answer.text).toEqual([...pointers].sort())
  for (const { detail } of errors) expect(detail).not.toBe('')
}
