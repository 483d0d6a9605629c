import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../../test/support/database.ts'
import { arrayOf } from './array.ts'

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
