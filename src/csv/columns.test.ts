import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ColumnKey,
  columnsOf,
  findColumn,
  headerOf,
  IMPORTED,
  type Kind,
  type Locale,
  missingColumns,
  readHeader,
} from './columns.ts'
import { fold } from './fold.ts'

const KINDS: readonly Kind[] = ['accounts', 'invoices']
const LOCALES: readonly Locale[] = ['en', 'pt-BR', 'es']

/** Every name that any column goes by. */
const NAMES = KINDS.flatMap((kind) =>
  columnsOf(kind).flatMap(([key, { headers, aliases }]) =>
    [...Object.values(headers), ...aliases].map((name) => ({ kind, key, name })),
  ),
)

describe('findColumn', () => {
  test('no name means two columns', () => {
    for (const kind of KINDS) {
      const keys = new Map<string, ColumnKey>()
      for (const { key, name } of NAMES.filter((each) => each.kind === kind)) {
        expect([key, undefined]).toContain(keys.get(fold(name)))
        keys.set(fold(name), key)
      }
    }
  })

  test('knows a name however it is typed', () => {
    const gap = fc.constantFrom(' ', '_', '-', '  ', '\u00a0', ' - ')
    const around = fc.constantFrom('', ' ', '\t', '\u00a0')
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.boolean(),
        gap,
        around,
        ({ kind, key, name }, capitals, isPlain, between, outside) => {
          const cased = [...name].map((letter, index) =>
            capitals[index] ? letter.toUpperCase() : letter.toLowerCase(),
          )
          const spelled = cased.join('').replaceAll(' ', between)
          const plain = spelled.normalize('NFD').replace(/\p{M}/gu, '')
          const typed = `${outside}${isPlain ? plain : spelled}${outside}`
          expect(findColumn(kind, typed)).toBe(key)
        },
      ),
    )
  })

  test.each(['', 'Nome', 'Emails', 'Id 2', 'Error'])('%j is no column', (name) => {
    expect(findColumn('accounts', name)).toBeUndefined()
  })
})

describe('readHeader', () => {
  test.each(KINDS.flatMap((kind) => LOCALES.map((locale) => [kind, locale] as const)))(
    'reads what an export of %s writes in %s',
    (kind, locale) => {
      const keys = columnsOf(kind).map(([key]) => key)
      const header = keys.map((key) => headerOf(kind, key, locale))
      expect(readHeader(kind, 'upsert', header)).toEqual({
        columns: Object.fromEntries(keys.map((key, index) => [key, index])),
        ignored: [],
      })
    },
  )

  test('takes columns in any order, and says which are nobody’s', () => {
    expect(readHeader('invoices', 'upsert', ['Nome', 'Status', '', 'ERRO', 'Id'])).toEqual({
      columns: { status: 1, id: 4 },
      ignored: ['Nome'],
    })
  })

  test('columns of the buyer beside invoices do not make it a file of accounts', () => {
    const header = ['Id', 'Status', 'Email', 'Document', 'Document Type']
    expect(readHeader('invoices', 'upsert', header)).toHaveProperty('columns')
  })
})

describe('missingColumns', () => {
  const has = (...keys: readonly ColumnKey[]) =>
    Object.fromEntries(keys.map((key, index) => [key, index]))

  test('each kind can be imported with what it needs', () => {
    expect(missingColumns('invoices', 'upsert', has(...IMPORTED.invoices))).toBeUndefined()
    for (const mode of ['create', 'update', 'upsert'] as const) {
      expect(missingColumns('accounts', mode, has(...IMPORTED.accounts))).toBeUndefined()
    }
  })

  test('a change needs an account and something to change', () => {
    const missing = (...keys: readonly ColumnKey[]) =>
      missingColumns('accounts', 'update', has(...keys))
    expect(missing('id', 'tolerance')).toBeUndefined()
    expect(missing('document', 'documentType', 'creditLimit')).toBeUndefined()
    expect(missing('id', 'document', 'documentType')).toBeUndefined()
    expect(missing('document', 'creditLimit')).toMatch(/Id, or Document and Document Type/)
    expect(missing('id')).toMatch(/nothing to change/)
    expect(missing('document', 'documentType')).toMatch(/nothing to change/)
  })
})
