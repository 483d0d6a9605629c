import { expect, test } from 'vitest'
import { RESOURCES } from '../ledger/credentials.ts'
import { isRole, RESOURCES_OF, ROLES, resourcesOf } from './roles.ts'

test('the roles, the one that may do most first', () => {
  expect(ROLES).toEqual(['administrator', 'credit-manager', 'collections', 'reader'])
  expect(ROLES.every(isRole)).toBe(true)
  expect(['Administrator', '', 'toString'].some(isRole)).toBe(false)
})

test('an administrator has all; a credit manager all but the configuration and the people', () => {
  expect(RESOURCES_OF.administrator).toEqual(['Main Access'])
  const others = RESOURCES.filter((name) => name !== 'Main Access' && name !== 'Edit Configuration')
  expect([...RESOURCES_OF['credit-manager']].sort()).toEqual([...others].sort())
})

test('a reader reads, and collections may pay besides', () => {
  const reads = RESOURCES.filter((name) => name.startsWith('Read '))
  expect([...RESOURCES_OF.reader].sort()).toEqual([...reads].sort())
  expect([...RESOURCES_OF.collections].sort()).toEqual([...reads, 'Pay Invoice'].sort())
})

test('who has a password of somebody else may do nothing', () => {
  for (const role of ROLES) {
    expect(resourcesOf({ role, mustChangePassword: true })).toEqual([])
    expect(resourcesOf({ role, mustChangePassword: false })).toEqual(RESOURCES_OF[role])
  }
})
