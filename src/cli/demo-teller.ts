/** Hands commands to the ledger's writer, each at an instant of the past. */
import type { Command } from '../credit/commands.ts'
import type { Instant } from '../credit/schedule.ts'
import type { Done } from '../ledger/job.ts'
import { OutcomeUnknown, Writer, WriterUnavailable } from '../ledger/writer.ts'
import { CommandError } from './command-error.ts'

/** One at a time: its writer's clock stands at the instant of the command under way. */
export class Teller {
  readonly #storeId: number
  readonly #writer: Writer
  #at: Instant = 0
  #commands = 0

  constructor(url: string, storeId: number) {
    this.#storeId = storeId
    this.#writer = new Writer({ url, now: () => this.#at, lanes: 1 })
  }

  /** How many commands it has handed over. */
  get commands(): number {
    return this.#commands
  }

  /** The story knows the rules: a refusal is a fault in it, and ends everything. */
  async submit(at: Instant, accountId: string, doneBy: string, command: Command): Promise<Done> {
    this.#at = at
    this.#commands += 1
    const submission = { storeId: this.#storeId, accountId, command, doneBy }
    const result = await this.#writer.submit(submission).catch(inWords)
    if (result.kind === 'done') return result
    const reason = result.kind === 'refused' ? result.refusal.reason : result.kind
    throw new Error(`demo: ${command.type} was not accepted: ${reason}`)
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }
}

function inWords(error: unknown): never {
  const isGone = error instanceof WriterUnavailable || error instanceof OutcomeUnknown
  if (!isGone) throw error
  throw new CommandError(
    'The database went away; the demo is unfinished: start it again on a new store',
  )
}
