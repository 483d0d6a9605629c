import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_AMOUNT, MAX_RATE } from '../credit/money.ts'
import { readAmount, readFreeText, readRate } from './cells.ts'
import type { Locale } from './columns.ts'
import { DELIMITERS } from './dialect.ts'
import { scan } from './read.ts'
import { inPieces, readFile, rowsOf } from './testing/read-file.ts'
import {
  BYTE_ORDER_MARK,
  errorLines,
  errorsHeader,
  escapeFormula,
  FORMULA,
  formatOf,
  headerLine,
  LINE_END,
  quotedPattern,
  writeAmount,
  writeRate,
  writeRecords,
} from './write.ts'

const locale = fc.constantFrom<Locale>('en', 'pt-BR', 'es')
const delimiter = fc.constantFrom(...DELIMITERS)
const format = fc.tuple(locale, delimiter).map(([in_, by]) => formatOf(in_, by))

/** Text with all that could break a file. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'\'"=+-@\t\r\n,; aé', '💳', '\u00a0', '\ufeff', '\u2028') }),
  fc.constantFrom("=cmd|' /C calc'!A0", "'", '"', '""', '""""', ' ', '="01"', '\ufffd'),
)

describe('free text', () => {
  test('comes back to the letter, by any delimiter and in any pieces', async () => {
    const record = fc.tuple(text, text)
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        format,
        fc.integer({ min: 1, max: 40 }),
        async (records, written, size) => {
          const header = ['Id', 'Observation', 'Payment link']
          const rows = records.map((texts, index) => [`${index}`, ...texts.map(escapeFormula)])
          const file = BYTE_ORDER_MARK + writeRecords([header, ...rows], written)
          const open = inPieces(Buffer.from(file), size)
          const layout = await scan(open, { kind: 'invoices', exponent: 2, maxRows: 100 })
          if ('unusable' in layout) throw new Error(layout.unusable)
          expect(layout).toMatchObject({ rows: records.length, warnings: [] })
          const read = (await rowsOf(open, layout)).map((row) =>
            'cells' in row
              ? [row.cells.observation, row.cells.paymentLink].map((cell) =>
                  readFreeText(cell ?? ''),
                )
              : row,
          )
          expect(read).toEqual(records)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('never begins as a formula does', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(escapeFormula(any)).not.toMatch(/^[=+\-@\t\r]/)
        expect(readFreeText(escapeFormula(any))).toBe(any)
      }),
    )
  })
})

describe('the patterns, which SQL writes by too', () => {
  test('a text is between quotes where its pattern says so', () => {
    fc.assert(
      fc.property(text, delimiter, (any, by) => {
        const isQuoted = new RegExp(quotedPattern(by)).test(any)
        const expected = isQuoted ? `"${any.replaceAll('"', '""')}"` : any
        expect(writeRecords([['x', any]], { delimiter: by })).toBe(`x${by}${expected}${LINE_END}`)
      }),
    )
  })

  test('they have nothing that PostgreSQL reads in another way', () => {
    expect(FORMULA).toBe("^'*[=+@\\t\\r-]")
    expect(quotedPattern(';')).toBe('[;"\\r\\n]|^ | $')
  })
})

describe('numbers', () => {
  test('an amount comes back exactly', () => {
    const exponent = fc.constantFrom(0, 2, 3)
    fc.assert(
      fc.property(fc.bigInt(0n, MAX_AMOUNT), exponent, format, (amount, places, written) => {
        const typed = writeAmount(amount, places, written)
        expect(readAmount(typed, { exponent: places }, written.decimalMark)).toBe(amount)
      }),
    )
  })

  test('a rate comes back exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, MAX_RATE), format, (rate, written) => {
        expect(readRate(writeRate(rate, written), written.decimalMark)).toBe(rate)
      }),
    )
  })

  test('stand between quotes where their decimal mark is the delimiter', () => {
    const commas = formatOf('pt-BR', ',')
    expect(writeRecords([['x', writeAmount(123_456n, 2, commas)]], commas)).toBe('x,"1234,56"\r\n')
  })

  test('have the decimals of the language', () => {
    expect(writeAmount(123_456n, 2, formatOf('pt-BR'))).toBe('1234,56')
    expect(writeAmount(123_456n, 2, formatOf('en'))).toBe('1234.56')
    expect(writeAmount(1_234n, 0, formatOf('es'))).toBe('1234')
    expect(writeRate(50_000n, formatOf('es'))).toBe('0,05')
    expect(writeRate(1_000_000n, formatOf('en'))).toBe('1')
    expect(writeRate(0n, formatOf('en'))).toBe('0')
  })
})

describe('headerLine', () => {
  test('is in the language, by its delimiter or another', () => {
    expect(headerLine('accounts', formatOf('pt-BR'))).toBe(
      'E-mail;Documento;Tipo de documento;Limite de crédito;Taxa de tolerância;Id;Status;Saldo;Crédito disponível;Crédito pré-autorizado;Criado em;Atualizado em\r\n',
    )
    expect(headerLine('invoices', formatOf('en', '\t'))).toMatch(/^Id\tFriendly id\tAccount id\t/)
  })
})

describe('a file of failed rows', () => {
  const options = { kind: 'accounts', mode: 'create', exponent: 2, maxRows: 100 } as const
  const content = [
    'Nome;E-mail;Documento;Tipo de documento;Limite de crédito',
    'Ana;ana;52998224725;CPF;-5',
    '=HYPERLINK("x");bia@exemplo.com.br;="11144477735";CPF;x;extra',
    'Caio;"caio',
  ].join('\n')

  async function failed(bytes: Buffer) {
    const open = inPieces(bytes, 1_000)
    const read = await readFile(open, options)
    if ('unusable' in read) throw new Error(read.unusable)
    const rows = await rowsOf(open, read.layout)
    const failures = rows.map(({ fields }, index) => ({
      fields,
      error: (read.rows[index]?.faults ?? []).join('; '),
    }))
    const file = BYTE_ORDER_MARK + errorsHeader(read.layout) + errorLines(failures, read.layout)
    return { file, faults: read.rows.map(({ faults }) => faults) }
  }

  test('has the rows as they came, and why they failed', async () => {
    const { file } = await failed(Buffer.from(content))
    expect(file.split(LINE_END)).toEqual([
      '\ufeffNome;E-mail;Documento;Tipo de documento;Limite de crédito;Error',
      'Ana;ana;52998224725;CPF;-5;"E-mail: must be an e-mail address, such as name+tag@example.com; Limite de crédito: must be zero or above"',
      `"'=HYPERLINK(""x"")";bia@exemplo.com.br;"=""11144477735""";CPF;x;has 6 fields where the header has 5: a cell with a delimiter in it must be in quotes`,
      'Caio;"""caio";;;;"has a quote ("") that is never closed"',
      '',
    ])
  })

  test('can be sent again, and the same rows fail in the same cells', async () => {
    const first = await failed(Buffer.from(content))
    const second = await failed(Buffer.from(first.file))
    expect(second.file.split(LINE_END)[0]).toBe(first.file.split(LINE_END)[0])
    expect(second.faults[0]).toEqual(first.faults[0])
  })
})
