/** Requests whose answers no contract has: faults of ours. */
import { type Answer, call, type TestServer } from '../../support/server.ts'
import { ADMIN } from './desk.ts'

export function rawCall(
  { url, key }: Pick<TestServer, 'url' | 'key'>,
  method: string,
  path: string,
  body: unknown,
): Promise<Answer> {
  return call(url, key, method, `${ADMIN}${path}`, body)
}
