import { describe, expect, test } from 'vitest'
import { CORPUS, type CorpusFile } from './testing/corpus.ts'
import { inPieces, type ReadRow, readFile } from './testing/read-file.ts'

/** Small pieces put their borders within characters, quotes and line ends. */
const PIECES = [1_000_000, 65_536, 1_000, 7, 1]
const MAX_BYTES_BY_BYTE = 20_000

describe.each(CORPUS)('$kind: $name', (file) => {
  const sizes = PIECES.filter((size) => size > 100 || file.bytes.length < MAX_BYTES_BY_BYTE)
  test.each(sizes)('in pieces of %i bytes', async (size) => {
    const read = await readFile(inPieces(file.bytes, size), optionsOf(file))
    const { says } = file
    if ('unusable' in says) {
      expect(read).toEqual({ unusable: expect.stringMatching(says.unusable) })
      return
    }
    if ('unusable' in read) throw new Error(read.unusable)
    expect(read.layout.warnings.map(({ code }) => code)).toEqual(says.warnings ?? [])
    expect(read.layout).toMatchObject({ rows: says.rows.length, ...says.layout })
    expect(read.rows).toEqual(says.rows.map(asRead))
  })
})

function optionsOf({ kind, mode, locale, exponent = 2, currencies, maxRows = 10_000 }: CorpusFile) {
  return {
    kind,
    exponent,
    maxRows,
    ...(mode && { mode }),
    ...(locale && { locale }),
    ...(currencies && { currencies }),
  }
}

function asRead({ line, values, faults, notes = [] }: RowSays): ReadRow {
  if (values) return { line, values, notes }
  return { line, faults: (faults ?? []).map((fault) => expect.stringMatching(fault)), notes }
}

type RowSays = Extract<CorpusFile['says'], { rows: unknown }>['rows'][number]

test('the files have names of their own', () => {
  const names = CORPUS.map(({ kind, name }) => `${kind}: ${name}`)
  expect(new Set(names).size).toBe(names.length)
})
