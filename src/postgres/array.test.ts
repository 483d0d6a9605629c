import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../test/support/database.ts'
import { arrayOf, plainArrayOf } from './array.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

test('any texts come back as they were', async () => {
  const cell = fc.option(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')))
  await fc.assert(
    fc.asyncProperty(fc.array(cell), async (cells) => {
      const rows = await database.sql<{ cell: string | null }[]>`
        select cell from unnest(${arrayOf(cells)}::text[]) with ordinality as u (cell, n) order by n`
      expect(rows.map((row) => row.cell)).toEqual(cells)
    }),
    { numRuns: 200, examples: [[['NULL', 'null', '', '{}', '"', '\\', 'a,b', null]]] },
  )
})

test('numbers, instants and booleans come back as they were', async () => {
  const row = fc.tuple(
    fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    fc.option(fc.boolean()),
    fc.option(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(row), async (rows) => {
      const numbers = plainArrayOf(rows.map(([number]) => number))
      const booleans = plainArrayOf(rows.map(([, boolean]) => boolean))
      const instants = plainArrayOf(rows.map(([, , at]) => at?.toISOString() ?? null))
      const found = await database.sql<{ i: bigint | null; b: boolean | null; t: Date | null }[]>`
        select i, b, t from unnest(${numbers}::bigint[], ${booleans}::boolean[],
          ${instants}::timestamptz[]) with ordinality as u (i, b, t, n) order by n`
      expect(found.map(({ i, b, t }) => [i, b, t])).toEqual(rows)
    }),
    { numRuns: 100 },
  )
})
