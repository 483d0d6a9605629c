/** How far long work is: a bar that moves on a terminal, a line now and then elsewhere. */

import type { Progress } from '../files/job.ts'

const BAR_WIDTH = 30
const LINE_EVERY_MS = 5_000

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #lineAt = Number.NEGATIVE_INFINITY

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
  }

  show(progress: Progress): void {
    if (this.#stream.isTTY)
      return void this.#stream.write(`\r${bar(progress)} ${words(progress)}\x1b[K`)
    const now = performance.now()
    if (now - this.#lineAt < LINE_EVERY_MS) return
    this.#lineAt = now
    this.#stream.write(`${words(progress)}\n`)
  }

  /** Leaves the last state standing. */
  end(progress: Progress): void {
    this.#lineAt = Number.NEGATIVE_INFINITY
    this.show(progress)
    if (this.#stream.isTTY) this.#stream.write('\n')
  }
}

function bar({ percent }: Progress): string {
  const full = Math.round((percent / 100) * BAR_WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`
}

function words({ percent, rowsPerSecond, secondsLeft }: Progress): string {
  const left = secondsLeft === null ? '' : `, ${secondsLeft} s left`
  return `${percent} %, ${rowsPerSecond.toLocaleString('en')} rows a second${left}`
}
