import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordReader, readRecords, TooManyOpenQuotes } from './records.ts'

function read(text: string, width?: number) {
  return [...new RecordReader(',', width).read(Buffer.from(text), true)]
}

describe('RecordReader', () => {
  test('says in which line a record begins, whatever ends the lines', () => {
    const text = 'a\r\nb\n"c\r\n\rd\n"\r\n\ne\rf'
    expect(read(text).map(({ line, fields }) => [line, ...fields])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c\r\n\rd\n'],
      [7, ''],
      [8, 'e'],
      [9, 'f'],
    ])
  })

  test('a record waits for the lines in which it ends', () => {
    const reader = new RecordReader(',')
    expect([...reader.read(Buffer.from('a,"b\n'), false)]).toEqual([])
    expect([...reader.read(Buffer.from('c"\nd,e\n'), false)]).toEqual([
      { line: 1, fields: ['a', 'b\nc'] },
      { line: 3, fields: ['d', 'e'] },
    ])
    expect([...reader.read(Buffer.alloc(0), true)]).toEqual([])
  })

  test('one open quote costs one line, wherever it is', () => {
    const row = fc.constantFrom('a,b', '"a",b', 'a,"b ""c"""', 'a,', '5" x,y', '"a,b",c')
    fc.assert(
      fc.property(fc.array(row), fc.array(row), (before, after) => {
        const text = [...before, 'x,"open', ...after, ''].join('\n')
        const records = read(text, 2)
        expect(records.map(({ line }) => line)).toEqual(
          [...before, '', ...after].map((_, index) => index + 1),
        )
        expect(records.filter(({ fault }) => fault)).toEqual([
          { line: before.length + 1, fields: ['x', '"open'], fault: expect.any(String) },
        ])
      }),
    )
  })

  test('lines without quotes are split as csv-parse does', () => {
    const unit = fc.constantFrom('a', 'é', ',', ',', '\n', '\r\n', '\r', ' ')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const options = { record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true }
        expect(read(text).map(({ fields }) => fields)).toEqual(parse(text, options))
      }),
    )
  })

  test('reading goes on after many open quotes, but not for ever', () => {
    const lines = 'a","b\n'
    expect(read(lines.repeat(1_000), 2)).toHaveLength(1_000)
    expect(() => read(lines.repeat(10_000), 2)).toThrow(TooManyOpenQuotes)
  })
})

describe('readRecords', () => {
  test('does not depend on where the pieces end', async () => {
    const unit = fc.constantFrom('a', 'é', '💳', ',', '"', '\n', '\r\n', '\r', ' ')
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        async (text, sizes) => {
          const bytes = Buffer.from(text)
          async function* pieces() {
            for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
              const size = sizes[turn % sizes.length] ?? 1
              yield bytes.subarray(at, at + size)
              at += size
            }
          }
          const records = await Array.fromAsync(readRecords(pieces(), ',', 2))
          expect(records.flat()).toEqual(read(text, 2))
        },
      ),
    )
  })
})
