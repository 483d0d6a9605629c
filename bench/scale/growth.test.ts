/** Growth runs from end to end: its figures are of requests that were answered. */
import { expect, inject, test } from 'vitest'
import { growth } from './growth.ts'
import { growthReport } from './report.ts'

test('every operation is answered at both sizes', { timeout: 240_000 }, async () => {
  const sizes = { small: 10_000, large: 20_000 }
  const options = { adminUrl: inject('adminUrl'), ...sizes, rounds: 1, requestsARound: 2 }
  const result = await growth(options)
  expect(result.isInMemory).toBe(true)
  for (const { name, small, large, ratio } of result.operations) {
    expect({ name, answered: [small.answered, large.answered] }).toEqual({ name, answered: [2, 2] })
    expect(ratio).toBeGreaterThan(0)
  }
  const again = await growth({ ...options, rounds: 0 })
  expect(again.large.generatedIn_s).toBeUndefined()
  expect(growthReport(result).rows).toHaveLength(result.operations.length)
})
