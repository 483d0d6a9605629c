import { expect, test } from 'vitest'
import { evolve } from './evolve.ts'
import { Scenario } from './testing/scenario.ts'
import { EMPTY_VIEW } from './view.ts'

test('no event but opening happens to an account that was never opened', () => {
  expect(() => evolve(EMPTY_VIEW, 'ana', { type: 'AccountClosed' }, 0)).toThrow('never opened')
})

test('no event happens to a transaction that is not in view', () => {
  const scenario = new Scenario(100n)
  const transactionId = scenario.held(10n)
  const { account } = scenario
  const event = { type: 'HoldReleased', transactionId, released: 10n } as const
  expect(() => evolve({ ...EMPTY_VIEW, account }, 'ana', event, 0)).toThrow('not in view')
  const other = scenario.transaction(scenario.held(5n))
  const view = { ...EMPTY_VIEW, account, transaction: other }
  expect(() => evolve(view, 'ana', event, 0)).toThrow('not in view')
})

test('the earliest expiry is known while anything is held', () => {
  const scenario = new Scenario(100n)
  const late = scenario.held(10n, { expiresAt: scenario.now + 200 })
  expect(scenario.account.nextExpiry).toBe(scenario.now + 200)
  const early = scenario.held(10n, { expiresAt: scenario.now + 100 })
  expect(scenario.account.nextExpiry).toBe(scenario.now + 100)
  for (const transactionId of [early, late]) {
    scenario.events({ type: 'cancelTransaction', transactionId })
  }
  expect(scenario.account.nextExpiry).toBeNull()
})
