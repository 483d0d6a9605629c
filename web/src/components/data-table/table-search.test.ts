import { expect, test } from 'vitest'
import { rangeOf, readTableSearch } from './table-search.ts'

test('what is as by default, or makes no sense, is left out of the address', () => {
  expect(readTableSearch({ page: '1', size: '25' })).toEqual({})
  expect(readTableSearch({ page: '-3', size: '7', sort: '', cols: 4 })).toEqual({})
  expect(readTableSearch({ page: '3', size: '50', sort: '-limit', cols: 'a,b' })).toEqual({
    page: 3,
    size: 50,
    sort: '-limit',
    cols: 'a,b',
  })
})

test('a page covers its positions', () => {
  expect(rangeOf({})).toEqual({ from: 1, to: 25 })
  expect(rangeOf({ page: 3, size: 50 })).toEqual({ from: 101, to: 150 })
})
