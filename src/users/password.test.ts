import { expect, test } from 'vitest'
import { newOneTimePassword, normalPassword, passwordFault } from './password.ts'

const EMAIL = 'Ana.Maria.Souza@example.com'

test.each([
  ['ten characters', 'abcdefghi1'],
  ['two hundred', 'ab'.repeat(100)],
  ['any script', 'пароль-пароль'],
  ['ten emoji of two units each', '😀😁😂🤣😃😄😅😆😉😊'],
  ['spaces', 'correct horse battery'],
])('%s may be a password', (_, password) => {
  expect(passwordFault(password, EMAIL)).toBeUndefined()
})

test.each([
  ['nine characters', 'abcdefgh1', /10 to 200/],
  ['nine emoji', '😀😁😂🤣😃😄😅😆😉', /10 to 200/],
  ['ten that are five once composed', 'e\u0301'.repeat(5), /10 to 200/],
  ['too many', 'ab'.repeat(101), /10 to 200/],
  ['one character', 'aaaaaaaaaaaa', /over and over/],
  ['the e-mail', 'ana.maria.souza@EXAMPLE.com', /e-mail/],
  ['the name in the e-mail', 'ana.maria.souza', /e-mail/],
  ['half a pair', 'abcdefghij\ud800', /surrogate/],
])('%s may not', (_, password, fault) => {
  expect(passwordFault(password, EMAIL)).toMatch(fault)
})

test('composed and decomposed letters are the same password', () => {
  expect(normalPassword('cafe\u0301')).toBe(normalPassword('caf\u00e9'))
})

test('one-time passwords are legible, allowed, and never the same', () => {
  const made = Array.from({ length: 50 }, newOneTimePassword)
  expect(new Set(made).size).toBe(50)
  for (const password of made) {
    expect(password).toMatch(/^(?:[a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$/)
    expect(passwordFault(password, EMAIL)).toBeUndefined()
  }
})
