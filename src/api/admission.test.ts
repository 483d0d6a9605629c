import { describe, expect, test } from 'vitest'
import { Admission, BURST_MS, TARGET_MS } from './admission.ts'

const LIMITS = { fewest: 5, least: 10, most: 1_000 }

/** A server that answers so many in a millisecond, and what comes to it. */
class Simulation {
  readonly admission = new Admission(LIMITS)
  /** When each that is inside came. */
  readonly #inside: number[] = []
  readonly #perMs: number
  /** The shortest that a request takes, if it waits for nobody. */
  readonly #least_ms: number
  now = 0
  #budget = 0
  refused = 0
  /** What the served took, of late. */
  took: number[] = []

  constructor(perMs: number, least_ms = 1) {
    this.#perMs = perMs
    this.#least_ms = least_ms
  }

  /** Lets `perMs` arrive every millisecond for so long. */
  run(duration_ms: number, arrivingPerMs: number): void {
    this.refused = 0
    this.took = []
    let arriving = 0
    for (const end = this.now + duration_ms; this.now < end; this.now += 1) {
      arriving += arrivingPerMs
      for (; arriving >= 1; arriving -= 1) this.arrive()
      this.#serve()
    }
  }

  arrive(): void {
    if (!this.admission.admits(this.now)) {
      this.refused += 1
      return
    }
    this.admission.enter()
    this.#inside.push(this.now)
  }

  #serve(): void {
    this.#budget = Math.min(this.#budget + this.#perMs, 1 + this.#perMs)
    while (this.#budget >= 1 && this.now - (this.#inside[0] ?? Infinity) >= this.#least_ms) {
      const took = this.now - (this.#inside.shift() ?? 0)
      this.admission.leave(this.now, took)
      this.took.push(took)
      this.#budget -= 1
    }
  }
}

test('refuses nothing of what can be done', () => {
  const server = new Simulation(5)
  server.run(10_000, 4.5)
  expect(server.refused).toBe(0)
})

test('lets a burst in as a whole, also from rest', () => {
  const server = new Simulation(1)
  for (let count = 0; count < 500; count += 1) server.arrive()
  expect(server.refused).toBe(0)
  server.run(10_000, 0)
  expect(server.admission.inside).toBe(0)
})

test('never lets in more than the most', () => {
  const server = new Simulation(1)
  for (let count = 0; count < 2_000; count += 1) server.arrive()
  expect(server.refused).toBe(1_000)
})

describe('at four times what can be done', () => {
  test('serves as much as it can, within the target, and refuses the rest', () => {
    const server = new Simulation(5)
    server.run(2_000, 4)
    server.run(2_000, 20)
    server.run(10_000, 20)
    expect(server.took.length / 10_000).toBeGreaterThan(4.9)
    expect(Math.max(...server.took)).toBeLessThan(TARGET_MS * 1.2)
  })

  test('also from rest, and where few are inside at once', () => {
    const server = new Simulation(0.2)
    server.run(3_000, 0.8)
    server.run(10_000, 0.8)
    expect(server.took.length / 10_000).toBeGreaterThan(0.19)
    expect(Math.max(...server.took)).toBeLessThanOrEqual((LIMITS.least + 1) / 0.2)
  })

  test('where every request takes long by itself, many are let in at once', () => {
    const server = new Simulation(5, 40)
    server.run(2_000, 4)
    server.run(3_000, 20)
    server.run(10_000, 20)
    expect(server.took.length / 10_000).toBeGreaterThan(4.9)
    expect(Math.max(...server.took)).toBeLessThan(3 * 40 * 1.2)
  })

  test('does not take its own delay for the rule, however long it goes on', () => {
    const server = new Simulation(5)
    server.run(2_000, 4)
    server.run(120_000, 20)
    server.run(1_000, 20)
    expect(Math.max(...server.took)).toBeLessThan(TARGET_MS * 1.2)
  })

  test('and takes everything again as soon as it is over', () => {
    const server = new Simulation(5)
    server.run(5_000, 20)
    server.run(TARGET_MS + BURST_MS, 2)
    server.run(10_000, 4)
    expect(server.refused).toBe(0)
  })
})

test('a late event loop counts only while too many come', () => {
  const server = new Simulation(5)
  server.admission.note(100)
  server.run(5_000, 4)
  expect(server.refused).toBe(0)
  server.run(2_000, 20)
  expect(server.admission.inside).toBeLessThanOrEqual(LIMITS.least)
  server.admission.note(0)
  server.run(2_000, 20)
  expect(server.admission.inside).toBeGreaterThan(10 * LIMITS.least)
})

test('what is stuck keeps no more than the least from trying', () => {
  const admission = new Admission(LIMITS)
  let now = 0
  for (; now < 5_000; now += 1) if (admission.admits(now)) admission.enter()
  expect(admission.inside).toBeLessThanOrEqual(LIMITS.least + BURST_MS + 1)
  while (admission.inside > 0) admission.leave(now)
  expect(admission.admits(now)).toBe(true)
})
