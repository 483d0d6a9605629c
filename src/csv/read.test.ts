import { describe, expect, test } from 'vitest'
import { readRows, scan } from './read.ts'
import { inPieces } from './testing/read-file.ts'

const OPTIONS = { kind: 'invoices', exponent: 2, maxRows: 10_000 } as const

async function layoutOf(content: string | Buffer, options: Partial<typeof OPTIONS> = {}) {
  const layout = await scan(inPieces(Buffer.from(content), 1_000), { ...OPTIONS, ...options })
  if ('unusable' in layout) throw new Error(layout.unusable)
  return layout
}

describe('scan', () => {
  test('its layout can be kept as JSON', async () => {
    const layout = await layoutOf('Nome;Id;Status\n')
    expect(JSON.parse(JSON.stringify(layout))).toEqual(layout)
    expect(layout).toEqual({
      kind: 'invoices',
      encoding: 'utf-8',
      delimiter: ';',
      header: ['Nome', 'Id', 'Status'],
      headerLine: 1,
      columns: { id: 1, status: 2 },
      rows: 0,
      warnings: [{ code: 'ignored-columns', message: 'Columns that are not read: Nome.' }],
    })
  })

  test('a file of nothing but open quotes is unusable', async () => {
    const bytes = Buffer.from(`x;Id;Status\n${'a";"b\n'.repeat(20_000)}`)
    expect(await scan(inPieces(bytes, 100_000), OPTIONS)).toEqual({
      unusable: expect.stringMatching(/quotes .* broken in too many rows/),
    })
  })

  test('names only so many columns that it ignores', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `x${index}`)
    const { warnings } = await layoutOf(`Id;Status;${names.join(';')}\n`)
    expect(warnings[0]?.message).toMatch(/x18, x19 and 5 more\.$/)
  })
})

describe('readRows', () => {
  test('hands out rows in groups, in the order of their lines', async () => {
    const content = `Id;Status\n${'x;Paid\n'.repeat(2_500)}`
    const layout = await layoutOf(content)
    const groups = await Array.fromAsync(readRows(inPieces(Buffer.from(content), 1e6), layout))
    expect(Math.max(...groups.map((rows) => rows.length))).toBeLessThanOrEqual(500)
    expect(groups.flat().map(({ line }) => line)).toEqual(
      Array.from({ length: 2_500 }, (_, index) => index + 2),
    )
  })

  test('a cell of a column that the file lacks is absent, one that is left out is empty', async () => {
    const content = 'Id;Status;Due date\nx;Paid\n'
    const layout = await layoutOf(content)
    const [rows] = await Array.fromAsync(readRows(inPieces(Buffer.from(content), 5), layout))
    expect(rows).toEqual([
      { line: 2, cells: { id: 'x', status: 'Paid', dueDate: '' }, fields: ['x', 'Paid'] },
    ])
  })
})
