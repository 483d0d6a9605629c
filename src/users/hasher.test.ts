import { expect, test } from 'vitest'
import { Hasher } from './hasher.ts'

const hasher = new Hasher()

test('a password belongs to its hash alone, and no two hashes are the same', async () => {
  const [one, other] = await Promise.all([
    hasher.hash('correct horse'),
    hasher.hash('correct horse'),
  ])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(one).not.toBe(other)
  expect(await hasher.matches('correct horse', one)).toBe(true)
  expect(await hasher.matches('correct horsf', one)).toBe(false)
})

test('however a keyboard composes its letters', async () => {
  const hash = await hasher.hash('cafe\u0301 com leite')
  expect(await hasher.matches('caf\u00e9 com leite', hash)).toBe(true)
})

test('nobody has no password, and is compared all the same', async () => {
  expect(await hasher.matches('', null)).toBe(false)
  expect(await hasher.matches('correct horse', undefined)).toBe(false)
})

test('a hash of other parameters, of the reference implementation, is understood', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 (phc-winner-argon2, its own test vector)
  const known =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await hasher.matches('password', known)).toBe(true)
  expect(await hasher.matches('passwore', known)).toBe(false)
})

test('what is no such hash is a fault, not a password', async () => {
  await expect(hasher.matches('correct horse', 'plain')).rejects.toThrow('no argon2id hash')
})

test('more than can wait are refused', async () => {
  const busy = new Hasher()
  const work = Array.from({ length: 40 }, () => busy.matches('correct horse', null))
  const results = await Promise.allSettled(work)
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(40 - 2 - 32)
  expect(await busy.matches('correct horse', null)).toBe(false)
})
