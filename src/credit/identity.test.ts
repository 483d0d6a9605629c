import { describe, expect, test } from 'vitest'
import {
  accountIdOf,
  cleanDocument,
  documentKey,
  emailKey,
  hasValidCheckDigits,
  isEmail,
  MAX_DOCUMENT_LENGTH,
  MAX_EMAIL_LENGTH,
} from './identity.ts'

describe('isEmail', () => {
  test.each([
    'ana@exemplo.com.br',
    'ana+loja@exemplo.com.br',
    'ana_maria.souza@exemplo.com.br',
    'ANA@EXEMPLO.COM.BR',
    'joão@exemplo.com.br',
    '用户@例子.公司',
    "o'brien@example.ie",
    'a@b',
    `${'a'.repeat(MAX_EMAIL_LENGTH - 6)}@x.com`,
  ])('takes %j', (text) => {
    expect(isEmail(text)).toBe(true)
  })

  test.each([
    '',
    'ana',
    '@exemplo.com.br',
    'ana@',
    'ana@@exemplo.com.br',
    'a@b@c',
    'ana maria@exemplo.com.br',
    'ana@exemplo.com.br\n',
    ' ana@exemplo.com.br',
    'ana@exemplo.com.br,bruno@exemplo.com.br',
    'Ana <ana@exemplo.com.br>',
    'ana\u0000@exemplo.com.br',
    `${'a'.repeat(MAX_EMAIL_LENGTH - 5)}@x.com`,
  ])('refuses %j', (text) => {
    expect(isEmail(text)).toBe(false)
  })
})

describe('emailKey', () => {
  test('compares without case, non-ASCII letters too', () => {
    expect(emailKey('Ana+Loja@Exemplo.COM')).toBe('ana+loja@exemplo.com')
    expect(emailKey('JOÃO@exemplo.com')).toBe('joão@exemplo.com')
  })

  test('an accent is the same letter however it is composed', () => {
    expect(emailKey('joa\u0303o@exemplo.com')).toBe(emailKey('jo\u00e3o@exemplo.com'))
  })

  test('keeps apart what differs by +, _ or a dot', () => {
    const keys = ['ana', 'ana+1', 'ana_1', 'ana.1', 'a.na'].map((name) => emailKey(`${name}@x.com`))
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('cleanDocument', () => {
  test.each([
    ['529.982.247-25', '52998224725'],
    ['12.ABC.345/01DE-35', '12ABC34501DE35'],
    [' 52998224725 ', '52998224725'],
    ['AB_12', 'AB12'],
    ['abc', 'abc'],
    ['1'.repeat(MAX_DOCUMENT_LENGTH), '1'.repeat(MAX_DOCUMENT_LENGTH)],
    [`${'1'.repeat(MAX_DOCUMENT_LENGTH)}-`, '1'.repeat(MAX_DOCUMENT_LENGTH)],
  ])('%j is kept as %j', (text, document) => {
    expect(cleanDocument(text)).toBe(document)
  })

  test.each(['', '---', '12#34', 'ação', '１２', '1'.repeat(MAX_DOCUMENT_LENGTH + 1)])(
    '%j is no document',
    (text) => {
      expect(cleanDocument(text)).toBeUndefined()
    },
  )
})

test('documents are compared by type, without case', () => {
  expect(documentKey('12abc34501de35', 'cnpj')).toBe(documentKey('12ABC34501DE35', 'CNPJ'))
  expect(documentKey('1', 'CPF')).not.toBe(documentKey('1', 'Other'))
})

test('the id of an account is its document and type', () => {
  expect(accountIdOf('52998224725', 'CPF')).toBe('52998224725_CPF')
})

describe('hasValidCheckDigits', () => {
  test.each([
    ['52998224725', 'CPF'],
    ['11144477735', 'cpf'],
    ['12ABC34501DE35', 'CNPJ'],
    ['12abc34501de35', 'CNPJ'],
    ['A1B2C3D4000193', 'CNPJ'],
    ['ZZZZZZZZ000191', 'CNPJ'],
    ['00000000000191', 'CNPJ'],
    ['11222333000181', 'cnpj'],
    ['anything', 'Other'],
    ['20123456786', 'RUC'],
  ])('%s is a valid %s', (document, type) => {
    expect(hasValidCheckDigits(document, type)).toBe(true)
  })

  test.each([
    ['52998224724', 'CPF'],
    ['11111111111', 'CPF'],
    ['5299822472', 'CPF'],
    ['529982247250', 'CPF'],
    ['52998224725X', 'CPF'],
    ['X52998224725', 'CPF'],
    ['12ABC34501DE36', 'CNPJ'],
    ['12ABC34501DEAB', 'CNPJ'],
    ['00000000000000', 'CNPJ'],
    ['11111111111111', 'CNPJ'],
    ['112ABC34501DE35', 'CNPJ'],
    ['52998224725', 'CNPJ'],
  ])('%s is no valid %s', (document, type) => {
    expect(hasValidCheckDigits(document, type)).toBe(false)
  })
})
