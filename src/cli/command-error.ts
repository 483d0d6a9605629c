/** A command that cannot be done: the message is one clear line. */
export class CommandError extends Error {
  override name = 'CommandError'
}
