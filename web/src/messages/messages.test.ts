/** Every word that is shown is translated, every translation is used, and says the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parse } from '@formatjs/icu-messageformat-parser'
import { parseAst } from 'rolldown/parseAst'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../../src/api/problems.ts'
import { en, type Messages } from './en.ts'
import { es } from './es.ts'
import { ptBR } from './pt-BR.ts'

const SRC = resolve(import.meta.dirname, '..')
const LANGUAGES: Readonly<Record<string, Messages>> = { en, 'pt-BR': ptBR, es }
const MESSAGES = en as Messages

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.(test|d)\.ts$/.test(name))
  .filter((name) => !name.startsWith('messages'))
  .map((name) => {
    const text = readFileSync(join(SRC, name), 'utf8')
    const lang = name.endsWith('.tsx') ? 'tsx' : 'ts'
    return { name: relative(SRC, join(SRC, name)), nodes: nodesOf(parseAst(text, { lang })) }
  })

/** The node and all that are in it. */
function nodesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf)
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(nodesOf)
  return 'type' in value && typeof value.type === 'string' ? [value as Node, ...inner] : inner
}

function textOf(node: unknown): string | undefined {
  const { type, value } = (node ?? {}) as { type?: string; value?: unknown }
  return type === 'Literal' && typeof value === 'string' ? value : undefined
}

/** The names of the values that a message is filled with. */
function placeholders(message: string): string[] {
  const names = nodesOfMessage(parse(message))
  return [...new Set(names)].sort()
}

/** In the parser's output the types are numbers: 0 is text, 7 is the `#` of a plural. */
function nodesOfMessage(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(nodesOfMessage)
  if (typeof value !== 'object' || value === null) return []
  const {
    type,
    value: name,
    options,
  } = value as {
    type?: number
    value?: unknown
    options?: Record<string, { value: unknown }>
  }
  const inner = Object.values(options ?? {}).flatMap((option) => nodesOfMessage(option.value))
  return typeof type === 'number' && type !== 0 && type !== 7 ? [String(name), ...inner] : inner
}

describe.each(Object.entries(LANGUAGES))('in %s', (_language, messages) => {
  test('no message is missing, too many, or empty', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort())
    expect(Object.entries(messages).filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('every message is filled with the same values as in English', () => {
    const faults = Object.entries(messages)
      .filter(
        ([key, text]) =>
          `${placeholders(text)}` !== `${placeholders(MESSAGES[key as keyof Messages])}`,
      )
      .map(([key]) => key)
    expect(faults).toEqual([])
  })

  test('every error of the catalogue is translated, with facts that it has', () => {
    const faults = catalogue().flatMap(({ code, detail }) => {
      const text = messages[`problem.${code}` as keyof Messages]
      if (text === undefined) return [`${code} is missing`]
      // The fact `status` would pass for the status of the answer: it is sent as `state`.
      const facts = detail.replaceAll('{status}', '{state}')
      return placeholders(text)
        .map((name) => name.replace(/Money$/, ''))
        .filter((name) => !facts.includes(`{${name}}`))
        .map((name) => `${code} has no ${name}`)
    })
    expect(faults).toEqual([])
  })
})

test('no translation is of an error that does not exist', () => {
  const codes = new Set(catalogue().map(({ code }) => `problem.${code}`))
  expect(Object.keys(en).filter((key) => key.startsWith('problem.') && !codes.has(key))).toEqual([])
})

test('every message is used', () => {
  const used = new Set(sources.flatMap(({ nodes }) => nodes.map(textOf)))
  const unused = Object.keys(en).filter((key) => !key.startsWith('problem.') && !used.has(key))
  expect(unused).toEqual([])
})

test('every message is given the values that it is filled with', () => {
  const faults = sources.flatMap(({ name, nodes }) =>
    nodes.flatMap((node) => missingValues(node).map((value) => `${name}: ${value}`)),
  )
  expect(faults).toEqual([])
})

/** What a call `t('key', { … })` leaves out. */
function missingValues({ type, callee, arguments: given }: Node): string[] {
  if (type !== 'CallExpression' || (callee as { name?: string }).name !== 't') return []
  const [first, values] = given as Node[]
  // Also both ends of `t(isOpen ? 'close' : 'open')`.
  const keys = nodesOf(first).map(textOf)
  const names = ((values?.properties ?? []) as { key?: { name?: string } }[]).map(
    ({ key }) => key?.name,
  )
  return keys
    .filter((key) => key !== undefined && Object.hasOwn(en, key))
    .flatMap((key) =>
      placeholders(MESSAGES[key as keyof Messages])
        .filter((placeholder) => !names.includes(placeholder))
        .map((placeholder) => `${key} lacks ${placeholder}`),
    )
}

/** Attributes that a reader sees or hears. */
const SPOKEN = /^(aria-label|label|title|placeholder|alt|description|explanation|message|header)$/
const LETTERS = /\p{L}{2}/u

test('no component has words of its own', () => {
  const faults = sources.flatMap(({ name, nodes }) =>
    nodes.flatMap((node) => literalsIn(node).map((words) => `${name}: ${words.trim()}`)),
  )
  expect(faults).toEqual([])
})

function literalsIn({ type, value, name, children }: Node): string[] {
  if (type === 'JSXText') return LETTERS.test(String(value)) ? [String(value)] : []
  if (type === 'JSXElement') {
    const inBraces = (children as Node[])
      .filter((child) => child.type === 'JSXExpressionContainer')
      .map(({ expression }) => textOf(expression))
    return inBraces.filter((words) => words !== undefined && LETTERS.test(words)) as string[]
  }
  if (type !== 'JSXAttribute' || !SPOKEN.test(String((name as { name: unknown }).name))) return []
  const words = textOf(value) ?? textOf((value as Node | null)?.expression)
  return words !== undefined && LETTERS.test(words) ? [words] : []
}
