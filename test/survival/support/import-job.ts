/** An import on a server that may go away at any moment. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { FIRST_KEY } from '../../support/process.ts'
import { call } from '../../support/server.ts'

const LOOK_MS = 15

export interface JobState {
  readonly state: string
  readonly error: string | null
  readonly rows: { readonly total: number | null; readonly read: number }
  readonly rowsPerSecond: number
}

export class ImportJob {
  readonly id: string
  /** The server's address now. */
  readonly #url: () => string

  private constructor(url: () => string, id: string) {
    this.#url = url
    this.id = id
  }

  /** Sends the file, which must be accepted. */
  static async send(url: () => string, text: string, dryRun = false): Promise<ImportJob> {
    const form = new FormData()
    form.set('kind', 'invoices')
    form.set('dryRun', String(dryRun))
    form.set('file', new Blob([text]), 'invoices.csv')
    const answer = await fetch(`${url()}/api/creditcontrol/imports`, {
      method: 'POST',
      headers: { 'X-VTEX-API-AppKey': FIRST_KEY.appKey, 'X-VTEX-API-AppToken': FIRST_KEY.token },
      body: form,
    })
    expect(answer.status).toBe(202)
    return new ImportJob(url, ((await answer.json()) as { id: string }).id)
  }

  static of(url: () => string, id: string): ImportJob {
    return new ImportJob(url, id)
  }

  /** Undefined while nobody can tell. */
  async look(): Promise<JobState | undefined> {
    const path = `/imports/${this.id}`
    const answer = await call(this.#url(), FIRST_KEY, 'GET', path).catch(() => undefined)
    return answer?.status === 200 ? answer.json : undefined
  }

  async ask(what: 'cancel' | 'retry' | 'confirm'): Promise<number> {
    return (await call(this.#url(), FIRST_KEY, 'POST', `/imports/${this.id}/${what}`)).status
  }

  /** The first state that passes the test. */
  async until(passes: (job: JobState) => boolean, limit_ms: number): Promise<JobState> {
    const end = performance.now() + limit_ms
    for (;;) {
      const job = await this.look()
      if (job && passes(job)) return job
      if (performance.now() > end) {
        throw new Error(`After ${limit_ms} ms the job is ${JSON.stringify(job)}`)
      }
      await sleep(LOOK_MS)
    }
  }

  /** When so many rows have been read: whether the job is still under way then. */
  async reaches(rows: number): Promise<boolean> {
    const { state } = await this.until((job) => job.rows.read >= rows || isOver(job.state), 120_000)
    return state === 'running'
  }

  /** Waits for a moment in the middle of the job. */
  async untilRead(rows: number): Promise<void> {
    expect(await this.reaches(rows), 'the job was over too soon').toBe(true)
  }

  async untilOver(): Promise<JobState> {
    return await this.until(({ state }) => isOver(state), 300_000)
  }
}

export function isOver(state: string): boolean {
  return state !== 'queued' && state !== 'running'
}
