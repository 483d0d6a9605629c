/** Bodies: wrong types, sizes, encodings, numbers, texts and dates, for every field there is. */
import { deflateSync, gzipSync } from 'node:zlib'
import { bodyWith, type Case, rightDraft, wire } from './cases.ts'
import { type Field, fieldsOf, type JsonType, type Operation } from './operations.ts'
import { ODD_DATES, TRICKS } from './tricks.ts'
import { sampleOf, type World } from './world.ts'

const MAX_BODY_BYTES = 1_048_576
const DEPTH = 100_000

type Raw = readonly [type: JsonType, json: string]

const WRONG_TYPES: readonly Raw[] = [
  ['object', '{}'],
  ['object', '{"a":{"b":[1,{"c":null}]}}'],
  ['object', '{"__proto__":{"length":1},"toString":null}'],
  ['array', '[]'],
  ['array', '["x"]'],
  ['array', '[[[[["x"]]]]]'],
  ['array', '[null,1,{}]'],
  ['boolean', 'true'],
  ['boolean', 'false'],
  ['null', 'null'],
  ['number', '1'],
  ['string', '"x"'],
]

/** JSON numbers that a double bends, and those that are only odd. */
const NUMBERS: readonly string[] = [
  '1e400',
  '-1e400',
  '1e9999',
  '1e-400',
  '9'.repeat(400),
  `-${'9'.repeat(400)}`,
  `0.${'1'.repeat(400)}`,
  '-0',
  '-0.0e-0',
  '0.100000000000000000000000000000',
  '0.100000000000000000000000000001',
  '9007199254740993',
  '1E+2',
  '0.001',
  '-1',
  '100000000000.01',
]

const NO_NUMBERS: readonly string[] = [
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '01',
  '+1',
  '.5',
  '1.',
]

/** No amount, rate or whole number, though it is text. */
const NO_DECIMALS: readonly string[] = [
  '',
  ' ',
  'abc',
  'NaN',
  'Infinity',
  '0x10',
  '1,5',
  '1e400',
  '1e99999',
  '--1',
  '1 000',
  '１２',
  '١٢',
  '1n',
  '1_000',
  `1${'0'.repeat(70)}`,
]

/** Text that no database can keep. */
const NOT_STORABLE: readonly string[] = [
  '\\u0000',
  'a\\u0000b@example.com',
  '\\ud800',
  '\\udc00@example.com',
  'x\\ud83dx',
]

export function typeCases(world: World): Case[] {
  return eachField(world, ({ of, field }) =>
    WRONG_TYPES.map(([type, json]) => of(json, json, !field.types.has(type))),
  )
}

export function numberCases(world: World): Case[] {
  return eachField(world, ({ of, field }) => [
    ...NUMBERS.map((json) => of(json, json, !field.types.has('number'))),
    ...NO_NUMBERS.map((json) => of(`bare ${json}`, json, true)),
    ...(field.isNumeric ? NO_DECIMALS : []).map((text) => {
      const json = JSON.stringify(text)
      return of(json, json, true)
    }),
  ])
}

export function textCases(world: World): Case[] {
  return eachField(world, ({ of, field }) => {
    if (!field.types.has('string')) return []
    const isFree = field.types.size === 6
    return [
      ...NOT_STORABLE.map((json) => of(json, `"${json}"`, true)),
      ...TRICKS.map((text) => of(text, JSON.stringify(text), false)),
      of('100k of x', JSON.stringify('x'.repeat(100_000)), !isFree),
      of('100k of €', JSON.stringify('€'.repeat(100_000)), !isFree),
    ]
  })
}

export function dateCases(world: World): Case[] {
  return eachField(world, ({ of, field }) => {
    if (field.pointer !== '/expirationDate') return []
    return ODD_DATES.map(([text, isWrong]) => of(text, JSON.stringify(text), isWrong))
  })
}

interface FieldMaker {
  readonly field: Field
  readonly of: (name: string, json: string, isRefused: boolean) => Case
}

function eachField(world: World, make: (maker: FieldMaker) => Case[]): Case[] {
  return withBody(world).flatMap((operation) =>
    fieldsOf(operation.body ?? {}).flatMap((field) => {
      const of: FieldMaker['of'] = (name, json, isRefused) => ({
        name: `${operation.id} ${field.pointer} = ${name.slice(0, 60)}`,
        bytes: () =>
          wire({
            ...rightDraft(world, operation),
            body: bodyWith(operation, world.ids, field, json),
          }),
        expect: isRefused ? 'refused' : 'any',
        ...(isRefused && { pointer: field.pointer }),
      })
      return make({ field, of })
    }),
  )
}

function withBody({ operations }: World): Operation[] {
  return operations.filter(({ body }) => body !== undefined)
}

type Body = readonly [
  name: string,
  expect: Case['expect'],
  body: () => Buffer | string,
  headers?: Readonly<Record<string, string>>,
]

/** Whole bodies, for every operation that takes one. */
export function wholeBodyCases(world: World): Case[] {
  return withBody(world).flatMap((operation) => {
    const right = JSON.stringify(sampleOf(operation, world.ids))
    const bodies = [...unreadable(right), ...unusual(right), ...encoded(right), ...typed(right)]
    return bodies.map(([name, expect, body, headers]) => ({
      name: `${operation.id}: ${name}`,
      bytes: () => {
        const draft = rightDraft(world, operation)
        return wire({ ...draft, headers: { ...draft.headers, ...headers }, body: body() })
      },
      expect,
    }))
  })
}

/** Bodies where none is asked for: they may be passed over, never choked on. */
export function uninvitedBodyCases(world: World): Case[] {
  const bodies = ['{', 'null', '[1,2', '\u0000', '{"a":1}', '"\\ud800"', '['.repeat(DEPTH)]
  const json = { 'Content-Type': 'application/json' }
  return world.operations
    .filter(({ body }) => body === undefined)
    .flatMap((operation) =>
      bodies.map((body) => ({
        name: `${operation.id}: uninvited ${body.slice(0, 10)}`,
        bytes: () => {
          const draft = rightDraft(world, operation)
          return wire({ ...draft, headers: { ...draft.headers, ...json }, body })
        },
        expect: 'any' as const,
      })),
    )
}

function unreadable(right: string): Body[] {
  const refused = (name: string, body: string): Body => [name, 'refused', () => body]
  return [
    refused('empty', ''),
    refused('white', ' \n\t '),
    refused('null', 'null'),
    refused('an array', '[]'),
    refused('an array of it', `[${right}]`),
    refused('a text', '"x"'),
    refused('a number', '1'),
    refused('a huge number', '1e400'),
    refused('true', 'true'),
    refused('its text', JSON.stringify(right)),
    ...[1, 2, 5, right.length - 1].map((length) =>
      refused(`cut after ${length}`, right.slice(0, length)),
    ),
    refused('garbage behind', `${right}x`),
    refused('twice', right + right),
    refused('a comment', `${right} // ok`),
    refused('a comma too many', right.replace(/\}$/, ',}')),
    refused('single quotes', right.replaceAll('"', "'")),
    refused('a NUL in front', `\u0000${right}`),
    refused('a NUL behind', `${right}\u0000`),
    refused('a raw newline in a text', right.replace(/^\{/, '{"a":"\n",')),
    refused('a bad escape', right.replace(/^\{/, '{"a":"\\x41",')),
    refused('half an escape', right.replace(/^\{/, '{"a":"\\u00",')),
    refused('100k of [', '['.repeat(DEPTH)),
    refused('100k of [ and ]', '['.repeat(DEPTH) + ']'.repeat(DEPTH)),
    refused('100k of {"a":', '{"a":'.repeat(DEPTH)),
    ['a byte more than 1 MB', 'refused', () => padded(right, MAX_BODY_BYTES + 1)],
    ['1 MB and a byte of blanks', 'refused', () => right.padEnd(MAX_BODY_BYTES + 1)],
    refused('form', 'value=1&settle=true'),
    refused('xml', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///b">]><a>&b;</a>'),
  ]
}

function unusual(right: string): Body[] {
  const any = (name: string, body: () => string): Body => [name, 'any', body]
  const beside = (json: string) => `${right.slice(0, -1)},${json}}`
  const nested = '['.repeat(DEPTH) + ']'.repeat(DEPTH)
  return [
    any('1 MB', () => padded(right, MAX_BODY_BYTES)),
    any('1 MB of blanks', () => right.padEnd(MAX_BODY_BYTES)),
    any('10,000 more fields', () =>
      beside(Array.from({ length: 10_000 }, (_, index) => `"extra${index}":${index}`).join()),
    ),
    any('a deep field', () => beside(`"extra":${nested}`)),
    any('a deep field and an escape', () => beside(`"extra":${nested},"more":"\\u0041"`)),
    any('a deep object', () => beside(`"extra":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`)),
    any('every key twice', () => `{${right.slice(1, -1)},${right.slice(1)}`),
    any('__proto__', () => beside('"__proto__":{"value":1,"isAdmin":true}')),
    any('an escaped __proto__', () => beside('"\\u005f_proto__":{"value":1}')),
    any('__proto__ null', () => beside('"__proto__":null')),
    any('constructor', () => beside('"constructor":{"prototype":{"value":1}}')),
    any('only __proto__', () => `{"__proto__":${right}}`),
    any('odd keys', () => beside('"":1,"\\u0000":2,"\\ud800":3,"a/b~c":4,"toString":5')),
    any('lone surrogate beside', () => beside('"extra":"\\ud800"')),
    any('huge numbers beside', () => beside(`"extra":[1e400,${'9'.repeat(400)}]`)),
  ]
}

/** Long lists of wrong items: the answer must not be longer than the question. */
export function arrayCases(world: World): Case[] {
  return withBody(world).flatMap((operation) =>
    fieldsOf(operation.body ?? {})
      .filter(({ types }) => types.has('array') && types.size < 6)
      .map((field) => ({
        name: `${operation.id} ${field.pointer} = 10,000 wrong items`,
        bytes: () => {
          const items = JSON.stringify(Array.from({ length: 10_000 }, () => 1))
          return wire({
            ...rightDraft(world, operation),
            body: bodyWith(operation, world.ids, field, items),
          })
        },
        expect: 'refused' as const,
      })),
  )
}

function encoded(right: string): Body[] {
  const beside = (bytes: number[]) =>
    Buffer.concat([
      Buffer.from(right.slice(0, -1)),
      Buffer.from(',"extra":"'),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ])
  const refused = (name: string, body: () => Buffer, headers = {}): Body => [
    name,
    'refused',
    body,
    headers,
  ]
  return [
    refused('a lone continuation byte', () => beside([0x80])),
    refused('an overlong slash', () => beside([0xc0, 0xaf])),
    refused('an overlong NUL', () => beside([0xc0, 0x80])),
    refused('a surrogate in UTF-8', () => beside([0xed, 0xa0, 0x80])),
    refused('beyond Unicode', () => beside([0xf5, 0x80, 0x80, 0x80])),
    refused('a cut character', () => beside([0xe2, 0x82])),
    refused('0xff', () => beside([0xff, 0xfe])),
    refused('Latin-1', () => Buffer.from(`${right.slice(0, -1)},"extra":"é"}`, 'latin1')),
    refused('UTF-16LE', () => Buffer.from(right, 'utf16le')),
    refused('UTF-16LE with BOM', () => Buffer.from(`\ufeff${right}`, 'utf16le')),
    refused('UTF-16BE', () => Buffer.from(right, 'utf16le').swap16()),
    ['a BOM', 'any', () => `\ufeff${right}`],
    refused('two BOMs', () => Buffer.from(`\ufeff\ufeff${right}`)),
    refused('gzip', () => gzipSync(right), { 'Content-Encoding': 'gzip' }),
    refused('gzip unlabelled', () => gzipSync(right)),
    refused('a gzip bomb', () => gzipSync(Buffer.alloc(50_000_000, ' ')), {
      'Content-Encoding': 'gzip',
    }),
    refused('deflate', () => deflateSync(right), { 'Content-Encoding': 'deflate' }),
    ['labelled gzip', 'any', () => right, { 'Content-Encoding': 'gzip' }],
    ['labelled nonsense', 'any', () => right, { 'Content-Encoding': 'nonsense, br' }],
  ]
}

function typed(right: string): Body[] {
  const of = (expect: Case['expect'], type: string): Body => [
    `Content-Type ${JSON.stringify(type.slice(0, 40))}`,
    expect,
    () => right,
    { 'Content-Type': type },
  ]
  const refused = [
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'application/xml',
    'application/jsonp',
    'application/octet-stream',
    'json',
    '*/*',
    'application/json/x',
    '../application/json',
    'a'.repeat(10_000),
    'application/\u00e9',
  ]
  const any = [
    'APPLICATION/JSON',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json;charset="',
    'application/json; charset=\u00e9; x="\\"',
    `application/json; ${'a=b; '.repeat(1_000)}`,
    'application/json, text/plain',
    'application/problem+json',
    'application/json;;;',
    'application/json\t',
  ]
  return [...refused.map((type) => of('refused', type)), ...any.map((type) => of('any', type))]
}

/** The body with a long text beside its fields, of exactly this many bytes. */
function padded(right: string, bytes: number): string {
  const head = `${right.slice(0, -1)},"padding":"`
  return `${head}${'x'.repeat(bytes - head.length - 2)}"}`
}
