import { describe, expect, test } from 'vitest'
import {
  readAmount,
  readDocument,
  readDocumentType,
  readEmail,
  readFreeText,
  readId,
  readObservation,
  readPaymentLink,
  readRate,
  readState,
} from './cells.ts'

const BRL = { exponent: 2, currencies: ['BRL'] }

describe('an empty cell', () => {
  test.each(['', '  ', '\u00a0'])('%j says nothing', (text) => {
    const readers = [
      readId(text),
      readEmail(text),
      readDocument(text, 'CPF'),
      readDocumentType(text),
      readAmount(text, BRL),
      readRate(text),
      readState(text),
    ]
    expect(new Set(readers)).toEqual(new Set([undefined]))
  })

  test('clears a text that may be cleared', () => {
    expect([readObservation(''), readPaymentLink(' ')]).toEqual([null, null])
  })
})

describe('readFreeText', () => {
  test.each([
    ["'=1", '=1'],
    ["''=1", "'=1"],
    ["'-", '-'],
    ["'\t", '\t'],
    ["'tis", "'tis"],
    ["''", "''"],
    ['=1', '=1'],
    ['', ''],
  ])('%j is %j', (text, read) => {
    expect(readFreeText(text)).toBe(read)
  })
})

describe('ids', () => {
  test.each([
    [' 52998224725_CPF ', '52998224725_CPF'],
    ['="00123"', '00123'],
    ['\'="00123"', '="00123"'],
    ["'+1", '+1'],
    ['12E5', '12E5'],
    ['12E+15', '12E+15'],
  ])('%j is %j', (text, id) => {
    expect(readId(text)).toBe(id)
  })

  test.each(['1E+15', '1,23E+15', '1.23e+15'])('%j was shortened', (text) => {
    expect(readId(text)).toEqual({ fault: expect.stringMatching(/shortened by the spreadsheet/) })
  })
})

describe('readDocument', () => {
  test('zeros come back only where the type has a length and all is digits', () => {
    expect(readDocument('1', 'CPF')).toEqual({ document: '00000000001', restored: true })
    expect(readDocument('AB1', 'CNPJ')).toEqual({ document: 'AB1', restored: false })
    expect(readDocument('1', undefined)).toEqual({ document: '1', restored: false })
    expect(readDocument('1', 'constructor')).toEqual({ document: '1', restored: false })
  })
})

test.each(['CPF', 'ruc-2', 'a_b', '1'.repeat(20)])('%j is a type of document', (type) => {
  expect(readDocumentType(type)).toBe(type)
})

test.each(['_CPF', 'C PF', 'CPF!', 'é', '1'.repeat(21)])('%j is none', (type) => {
  expect(readDocumentType(type)).toHaveProperty('fault')
})
