/** Requests that nobody thought of. The same seed makes the same ones. */
import fc from 'fast-check'
import { type Case, rightDraft, utf8, wire } from './cases.ts'
import { fieldsOf, namesIn, type Operation } from './operations.ts'
import { sampleOf, targetOf, type World } from './world.ts'

const json = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'binary' })
  .map((value) => JSON.stringify(value))

const number = fc
  .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 40n }), exponent())
  .map(([sign, digits, power]) => `${sign}${digits}${power}`)

function exponent() {
  return fc.oneof(
    fc.constant(''),
    fc.integer({ min: -400, max: 400 }).map((power) => `e${power}`),
    fc.nat({ max: 10 ** 9 }).map((decimals) => `.${decimals}`),
  )
}

/** A value of any kind as JSON text, some of it only almost JSON. */
const raw = fc.oneof(
  { arbitrary: json, weight: 4 },
  { arbitrary: number, weight: 3 },
  { arbitrary: number.map((text) => `"${text}"`), weight: 2 },
  {
    arbitrary: fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)),
    weight: 3,
  },
  { arbitrary: fc.string({ unit: 'binary-ascii' }), weight: 1 },
)

/** Bodies with some fields right, some random, some absent, and some that do not exist. */
export function randomBodyCases(world: World, seed: number, each: number): Case[] {
  return bodyOperations(world).flatMap((operation) =>
    fc.sample(bodyOf(operation, world), { seed, numRuns: each }).map((body, index) => ({
      name: `${operation.id} random body ${index}: ${body.slice(0, 80)}`,
      bytes: () => wire({ ...rightDraft(world, operation), body }),
      expect: 'any' as const,
    })),
  )
}

function bodyOf(operation: Operation, { ids }: World): fc.Arbitrary<string> {
  const right = sampleOf(operation, ids)
  const names = fieldsOf(operation.body ?? {}).flatMap(({ keys }) =>
    keys.length === 1 ? [String(keys[0])] : [],
  )
  const fields = names.map((name) =>
    fc.oneof(
      { arbitrary: fc.constant(member(name, JSON.stringify(right[name]))), weight: 3 },
      { arbitrary: raw.map((value) => member(name, value)), weight: 3 },
      { arbitrary: fc.constant(''), weight: 1 },
    ),
  )
  const extra = fc
    .array(fc.tuple(fc.string({ unit: 'binary' }), raw), { maxLength: 2 })
    .map((pairs) => pairs.map(([name, value]) => member(name, value)).join())
  return fc.tuple(...fields, extra).map((members) => `{${members.filter(Boolean).join()}}`)
}

function member(name: string, value: string): string {
  return `${JSON.stringify(name)}:${value}`
}

/** Right bodies with a few bytes changed, lost or put in. */
export function brokenBodyCases(world: World, seed: number, each: number): Case[] {
  const edit = fc.record({
    at: fc.nat(),
    lost: fc.nat({ max: 3 }),
    put: fc.uint8Array({ maxLength: 3 }),
  })
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 })
  return bodyOperations(world).flatMap((operation) =>
    fc.sample(edits, { seed, numRuns: each }).map((made, index) => ({
      name: `${operation.id} broken body ${index}: ${JSON.stringify(made).slice(0, 120)}`,
      bytes: () => {
        const right = Buffer.from(JSON.stringify(sampleOf(operation, world.ids)))
        const body = made.reduce((bytes, { at, lost, put }) => {
          const start = at % (bytes.length + 1)
          return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + lost)])
        }, right)
        return wire({ ...rightDraft(world, operation), body })
      },
      expect: 'any' as const,
    })),
  )
}

const segment = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 40 })
    .map((text) => encodeURIComponent(text.toWellFormed())),
  fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((text) => utf8(text.replaceAll(/[\s/?#]/g, ''))),
  fc
    .array(fc.nat({ max: 255 }), { maxLength: 20 })
    .map((bytes) => bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')),
  fc.stringMatching(/^[0-9A-F]{32}(-\d\d)?$/),
)

/** Ids and queries of random characters and bytes. */
export function randomAddressCases(world: World, seed: number, each: number): Case[] {
  return world.operations.flatMap((operation) => {
    const paths = namesIn(operation, 'path')
    const address = fc.tuple(
      fc.array(segment, { minLength: paths.length, maxLength: paths.length }),
      queryOf(namesIn(operation, 'query')),
    )
    return fc.sample(address, { seed, numRuns: each }).map(([ids, query], index) => {
      const chosen = Object.fromEntries(paths.map((name, place) => [name, ids[place] ?? '']))
      const target = `${targetOf(operation, { ...world.ids, ...chosen })}${query}`
      return {
        name: `${operation.id} random address ${index}: ${target.slice(0, 120)}`,
        bytes: () => wire({ ...rightDraft(world, operation), target }),
        expect: 'any' as const,
      }
    })
  })
}

function queryOf(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(...names.map((known) => fc.constant(known)), segment)
  const pair = fc.tuple(name, segment).map(([key, value]) => `${key}=${value}`)
  return fc
    .array(pair, { maxLength: 5 })
    .map((pairs) => (pairs.length ? `?${pairs.join('&')}` : ''))
}

function bodyOperations({ operations }: World): Operation[] {
  return operations.filter(({ body }) => body !== undefined)
}
