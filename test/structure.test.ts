/** The rooms of the code: imports run one way, and the core imports nothing that is not pure. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** What each room may import of the others, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  credit: [],
  postgres: [],
  ledger: ['credit', 'postgres'],
  api: ['credit', 'ledger', 'postgres'],
  csv: ['credit'],
  admin: ['api', 'credit', 'ledger', 'postgres'],
  files: ['api', 'credit', 'csv', 'ledger', 'postgres'],
  web: ['api'],
  users: ['api', 'credit', 'ledger', 'postgres'],
}

/** Packages that the core may use: both are pure. */
const CORE_PACKAGES = ['temporal-polyfill', 'cpf-cnpj-validator']

function filesOf(room: string): string[] {
  const folder = join(SRC, room)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => !name.startsWith('testing'))
    .map((name) => join(folder, name))
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^(?:import|export)[^'"]*?from '([^']+)'/gm)].map(
    ([, from = '']) => from,
  )
}

test.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (room) => {
  const allowed = [room, ...(MAY_IMPORT[room] ?? [])]
  const foreign = filesOf(room).flatMap((file) =>
    importsOf(file)
      .filter((from) => from.startsWith('.'))
      .map((from) => relative(SRC, resolve(file, '..', from)))
      .filter((target) => !allowed.includes(target.split('/')[0] ?? ''))
      .map((target) => `${relative(SRC, file)} imports ${target}`),
  )
  expect(foreign).toEqual([])
})

test('the pages of the Admin import of ours only the core and the words of files, which are pure', () => {
  const web = resolve(SRC, '../web/src')
  const words = ['columns', 'states'].map((name) => join(SRC, 'csv', `${name}.ts`))
  const pure = [web, join(SRC, 'credit'), ...words]
  const files = readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => join(web, name))
  const foreign = files.flatMap((file) =>
    importsOf(file)
      .filter((from) => from.startsWith('.'))
      .map((from) => resolve(file, '..', from))
      .filter((target) => !pure.some((folder) => target.startsWith(folder)))
      .map((target) => `${relative(web, file)} imports ${relative(SRC, target)}`),
  )
  expect(foreign).toEqual([])
})

test('the core uses no clock, no randomness and no I/O', () => {
  const faults = filesOf('credit').flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const outside = importsOf(file).filter(
      (from) => !from.startsWith('.') && !CORE_PACKAGES.includes(from),
    )
    const impure = text.match(/Date\.now|new Date\(\)|Math\.random|process\.|\bfetch\(/g) ?? []
    return [...outside, ...impure].map((fault) => `${relative(SRC, file)}: ${fault}`)
  })
  expect(faults).toEqual([])
})
