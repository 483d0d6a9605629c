import { Problem, problemBody } from '../api/problems.ts'

/** A command that cannot be done: the message is one clear line. */
export class CommandError extends Error {
  override name = 'CommandError'
}

/** What the API would refuse, in its words, as a line; anything else as it is. */
export function inLine(error: unknown): unknown {
  return error instanceof Problem ? new CommandError(String(problemBody(error).detail)) : error
}
