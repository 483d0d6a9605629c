/**
 * How many requests may be under way, so that those that are let in have their answers soon.
 *
 * By Little's law, who comes in now waits for as long as those that are inside take at the rate at
 * which answers leave. While that stays within a target, everybody may come in. A burst may pass
 * it: it is over in a moment. What stays beyond the target is no burst but more work than can be
 * done (so says CoDel, RFC 8289); then one more is let in only where it finds the wait within the
 * target, and the others are refused at once.
 *
 * Refusing costs too, and whoever waits to be read waits before he is counted: so while too many
 * come, a busy event loop leaves the fewer room inside the later it is.
 *
 * The target follows the fastest request of late, because what is slow by itself (a disk, a
 * database far away) needs many at once to be done fast. It does not move under too much work:
 * that would take its own delay for the rule.
 */
export interface AdmissionLimits {
  /** So many may be inside however much comes, and however slow it goes. */
  readonly fewest: number
  /** Until more than this come at once they may all be inside: they share commits. */
  readonly least: number
  /** Most that may ever be inside. */
  readonly most: number
}

/** Longest wait that is no overload, where requests are fast. */
export const TARGET_MS = 50
/** … and as a multiple of the fastest request, where they are not. */
const TARGET_OF_FASTEST = 3
/** A request waits for so many turns of the event loop: to be read, and for each flight. */
const TURNS = 3
/** Slower requests move what is known of the fastest up by this share of the difference. */
const FORGETTING = 1 / 10_000
/** Longest burst; and what is not seen for so long is over. */
export const BURST_MS = 300
/** The rate is that of the last one or two of these. */
const RATE_WINDOW_MS = 500

export class Admission {
  readonly #limits: AdmissionLimits
  #inside = 0
  #beyondSince = Number.NEGATIVE_INFINITY
  #beyondLast = Number.NEGATIVE_INFINITY
  readonly #answers = new Rate()
  #fastest_ms: number | undefined
  #lag_ms = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /** Requests that were let in and have no answer yet. */
  get inside(): number {
    return this.#inside
  }

  /** Whether one more may come in now. Instants are milliseconds. */
  admits(now: number): boolean {
    return this.#inside < this.#wanted(now) || this.#isBurst(now)
  }

  /** One came in. */
  enter(): void {
    this.#inside += 1
  }

  /** One has its answer; `took_ms` tells what it took where it was served. */
  leave(now: number, took_ms?: number): void {
    this.#inside -= 1
    this.#answers.count(now)
    if (took_ms !== undefined) this.#learn(now, took_ms)
  }

  /** How late the event loop is by now. */
  note(lag_ms: number): void {
    this.#lag_ms = lag_ms
  }

  /** How many may be inside for the wait to stay within the target. */
  #wanted(now: number): number {
    const { fewest, least, most } = this.#limits
    const target = Math.max(TARGET_MS, TARGET_OF_FASTEST * (this.#fastest_ms ?? 0))
    const wanted = Math.min(most, this.#answers.perMs(now) * target)
    if (!this.#isBeyond(now)) return Math.max(least, wanted)
    return Math.max(fewest, wanted * (1 - (TURNS * this.#lag_ms) / target))
  }

  #learn(now: number, took_ms: number): void {
    const fastest = this.#fastest_ms ?? took_ms
    if (took_ms <= fastest) this.#fastest_ms = took_ms
    else if (!this.#isBeyond(now)) this.#fastest_ms = fastest + FORGETTING * (took_ms - fastest)
  }

  /** Notes that there are more inside than wanted; true while that is new. */
  #isBurst(now: number): boolean {
    if (!this.#isBeyond(now)) this.#beyondSince = now
    this.#beyondLast = now
    return this.#inside < this.#limits.most && now - this.#beyondSince <= BURST_MS
  }

  #isBeyond(now: number): boolean {
    return now - this.#beyondLast <= BURST_MS
  }
}

/** What is counted in a window of time and in the one before it, by the time of both. */
class Rate {
  #startedAt = Number.NEGATIVE_INFINITY
  #current = 0
  #last = 0

  count(now: number): void {
    this.#roll(now)
    this.#current += 1
  }

  perMs(now: number): number {
    this.#roll(now)
    return (this.#current + this.#last) / (now - this.#startedAt + RATE_WINDOW_MS)
  }

  #roll(now: number): void {
    const age = now - this.#startedAt
    if (age < RATE_WINDOW_MS) return
    this.#last = age < 2 * RATE_WINDOW_MS ? this.#current : 0
    this.#current = 0
    this.#startedAt = now
  }
}
