import { expect, test } from 'vitest'
import { lockAfter_ms } from './lockout.ts'

test('five failures are free but for the last, then the wait doubles up to 15 minutes', () => {
  const waits_s = Array.from({ length: 15 }, (_, index) => lockAfter_ms(index + 1) / 1_000)
  expect(waits_s).toEqual([0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900])
})
